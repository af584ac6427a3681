import { parseDuration } from "../naming/duration.ts";
import { fail, ok, type Result } from "../result.ts";

/** How a flag is written and read. */
interface Flag<T> {
  readonly default: T;
  /** Reads one occurrence; `previous` is what the flag holds so far. Undefined when the text does not fit. */
  readonly read: (text: string, previous: T) => T | undefined;
  /** What is expected, for the message. */
  readonly expects: string;
  /** A switch may be given without a value. */
  readonly isSwitch?: true;
  readonly help: string;
  /** Absent for a flag that is accepted for compatibility and has nothing to change here. */
  readonly used?: true;
}

function text(byDefault: string, help: string): Flag<string> {
  return {
    default: byDefault,
    read: (value) => value,
    expects: "text",
    help,
  };
}

function onOff(byDefault: boolean, help: string): Flag<boolean> {
  return {
    default: byDefault,
    read: (value) => ({ true: true, t: true, "1": true, false: false, f: false, "0": false })[value.toLowerCase()],
    expects: "true or false",
    isSwitch: true,
    help,
  };
}

function count(byDefault: number, help: string): Flag<number> {
  return {
    default: byDefault,
    read: (value) => (/^-?\d+$/u.test(value) ? Number(value) : undefined),
    expects: "a whole number",
    help,
  };
}

function port(byDefault: number, help: string): Flag<number> {
  return {
    ...count(byDefault, help),
    read: (value) => (/^\d{1,5}$/u.test(value) && Number(value) <= 65_535 ? Number(value) : undefined),
    expects: "a port, from 0 to 65535",
  };
}

function decimal(byDefault: number, help: string): Flag<number> {
  return {
    default: byDefault,
    read: (value) => (/^-?\d+(\.\d+)?$/u.test(value) ? Number(value) : undefined),
    expects: "a number",
    help,
  };
}

/** A span of time, in milliseconds. */
function span(byDefaultMs: number, help: string): Flag<number> {
  return {
    default: byDefaultMs,
    read: (value) => parseDuration(value),
    expects: 'a duration such as "30s" or "1h15m"',
    help,
  };
}

/** Repeatable and separated by commas; the first occurrence replaces the default. */
function list(byDefault: readonly string[], help: string): Flag<readonly string[]> {
  return {
    default: byDefault,
    read: (value, previous) => [...(previous === byDefault ? [] : previous), ...value.split(",").filter(Boolean)],
    expects: "a list",
    help,
  };
}

/** Repeatable; commas belong to the value. */
function each(help: string): Flag<readonly string[]> {
  return {
    default: [],
    read: (value, previous) => [...previous, value],
    expects: "text",
    help,
  };
}

function used<T>(flag: Flag<T>): Flag<T> {
  return { ...flag, used: true };
}

const seconds = 1_000;
const minutes = 60 * seconds;

/** Every flag of prometheus-adapter 0.12; `used` marks those that change what this adapter does. */
const flags = {
  // The adapter.
  config: used(text("", "Configuration file; without one the metrics of virtual machines are served with defaults")),
  "prometheus-url": used(text("https://localhost", "Address of the Prometheus HTTP API")),
  "prometheus-auth-incluster": used(onOff(false, "Authenticate to Prometheus with the pod's ServiceAccount")),
  "prometheus-auth-config": used(text("", "kubeconfig file with the credentials for Prometheus")),
  "prometheus-ca-file": used(text("", "CA certificates for the connection to Prometheus")),
  "prometheus-client-tls-cert-file": used(text("", "Client certificate for Prometheus")),
  "prometheus-client-tls-key-file": used(text("", "Key of the client certificate for Prometheus")),
  "prometheus-token-file": used(text("", "File with the bearer token for Prometheus; read again when it changes")),
  "prometheus-header": used(each("Header for each request to Prometheus, as name=value; repeatable")),
  "prometheus-verb": used(text("GET", "HTTP method of queries: GET or POST")),
  "metrics-relist-interval": span(10 * minutes, "Interval between two lists of series"),
  "metrics-max-age": span(0, "Age of series that are still listed"),
  "disable-http2": onOff(false, "HTTP/2 is never served"),

  // Kubernetes.
  "lister-kubeconfig": used(text("", "kubeconfig file; without one the pod's ServiceAccount is used")),
  "discovery-interval": span(0, "Interval of discovery"),
  "client-qps": decimal(5, "Requests per second to the Kubernetes API"),
  "client-burst": count(10, "Burst of requests to the Kubernetes API"),

  // Logging.
  v: used(
    count(
      0,
      "Verbosity of the log; 2 and above adds a line for each request, 6 and above what was decided on the way to its answer",
    ),
  ),
  vmodule: text("", "Verbosity by file"),
  "log-flush-frequency": span(5 * seconds, "Time between two flushes of the log"),

  // Serving.
  "bind-address": used(text("0.0.0.0", "Address to listen on")),
  "secure-port": used(port(443, "Port to listen on")),
  "cert-dir": used(
    text("apiserver.local.config/certificates", "Folder for the certificate that is made when none is given"),
  ),
  "tls-cert-file": used(text("", "Serving certificate, with intermediates; read again when it changes")),
  "tls-private-key-file": used(text("", "Key of the serving certificate")),
  "tls-cipher-suites": used(list([], "Cipher suites of TLS 1.2, by their IANA names")),
  "tls-min-version": used(text("", "Lowest version of TLS: VersionTLS12 or VersionTLS13")),
  "tls-sni-cert-key": each("Further certificates by server name"),
  "http2-max-streams-per-connection": count(0, "HTTP/2 is never served"),
  "permit-port-sharing": onOff(false, "Share the port"),
  "permit-address-sharing": onOff(false, "Share the address"),

  // Authentication.
  "authentication-kubeconfig": used(text("", "kubeconfig file for TokenReviews")),
  "authentication-token-webhook-cache-ttl": used(span(10 * seconds, "How long the answer about a token is used")),
  "authentication-skip-lookup": used(onOff(false, "Do not read who is trusted from the cluster")),
  "authentication-tolerate-lookup-failure": onOff(false, "Start without knowing who is trusted; always so here"),
  "client-ca-file": used(text("", "CA certificates of users' client certificates")),
  "requestheader-client-ca-file": used(text("", "CA certificates of the front proxy")),
  "requestheader-username-headers": used(list(["x-remote-user"], "Headers with the user's name")),
  "requestheader-group-headers": used(list(["x-remote-group"], "Headers with the user's groups")),
  "requestheader-extra-headers-prefix": used(list(["x-remote-extra-"], "Prefixes of headers with extra facts")),
  "requestheader-allowed-names": used(list([], "Names that the front proxy's certificate may have; empty means any")),

  // Authorization.
  "authorization-kubeconfig": used(text("", "kubeconfig file for SubjectAccessReviews")),
  "authorization-webhook-cache-authorized-ttl": used(span(10 * seconds, "How long a permission is used")),
  "authorization-webhook-cache-unauthorized-ttl": used(span(10 * seconds, "How long a refusal is used")),
  "authorization-always-allow-paths": used(
    list(["/healthz", "/readyz", "/livez"], "Paths that need no permission; a * at the end covers what begins so"),
  ),

  // Audit.
  "audit-policy-file": text("", "Audit policy"),
  "audit-log-path": text("", "Audit log"),
  "audit-log-maxage": count(0, "Audit log"),
  "audit-log-maxbackup": count(0, "Audit log"),
  "audit-log-maxsize": count(0, "Audit log"),
  "audit-log-format": text("json", "Audit log"),
  "audit-log-version": text("audit.k8s.io/v1", "Audit log"),
  "audit-log-compress": onOff(false, "Audit log"),
  "audit-webhook-config-file": text("", "Audit webhook"),
  "audit-webhook-initial-backoff": span(10 * seconds, "Audit webhook"),
  "audit-webhook-batch-initial-backoff": span(10 * seconds, "Audit webhook"),
  "audit-webhook-version": text("audit.k8s.io/v1", "Audit webhook"),
  ...auditBackend("log"),
  ...auditBackend("webhook"),

  // Features.
  profiling: onOff(true, "Profiling is not served"),
  "contention-profiling": onOff(false, "Profiling is not served"),
  "debug-socket-path": text("", "Profiling is not served"),
  "enable-priority-and-fairness": onOff(false, "Priority and fairness is not served"),
} as const;

function auditBackend<Name extends "log" | "webhook">(name: Name) {
  return {
    [`audit-${name}-mode`]: text("", "Audit"),
    [`audit-${name}-batch-buffer-size`]: count(10_000, "Audit"),
    [`audit-${name}-batch-max-size`]: count(1, "Audit"),
    [`audit-${name}-batch-max-wait`]: span(0, "Audit"),
    [`audit-${name}-batch-throttle-enable`]: onOff(false, "Audit"),
    [`audit-${name}-batch-throttle-qps`]: decimal(0, "Audit"),
    [`audit-${name}-batch-throttle-burst`]: count(0, "Audit"),
    [`audit-${name}-truncate-enabled`]: onOff(false, "Audit"),
    [`audit-${name}-truncate-max-batch-size`]: count(10_485_760, "Audit"),
    [`audit-${name}-truncate-max-event-size`]: count(102_400, "Audit"),
  };
}

type Table = typeof flags;

/** The value of each flag, given or by default; durations are in milliseconds. */
export type Flags = { readonly [Name in keyof Table]: Table[Name] extends Flag<infer T> ? T : never };

/** What the command line says. */
export interface CommandLine {
  readonly flags: Flags;
  /** Flags that were given and change nothing here, sorted. */
  readonly withoutEffect: readonly string[];
}

/**
 * Reads flags as pflag does: `--name=value`, `--name value`, `--switch`, `-v=2`; `--` ends them. Positional arguments
 * are ignored, because the Helm chart passes `/adapter` as one. Every problem is listed.
 */
export function parseFlags(argv: readonly string[]): Result<CommandLine, readonly string[]> {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, flag.default]),
  );
  const given = new Set<string>();
  const problems: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined && word !== "--"; word = rest.shift()) {
    const [, dashes = "", name = "", inline] = /^(--?)([^=]+)(?:=(.*))?$/su.exec(word) ?? [];
    if (dashes === "") continue;
    const flag = Object.hasOwn(flags, name) && (dashes === "--" || name === "v") ? tableEntry(name) : undefined;
    if (flag === undefined) {
      problems.push(`Cannot read ${JSON.stringify(dashes + name)}: unknown flag`);
      continue;
    }
    const value = inline ?? (flag.isSwitch ? "true" : rest.shift());
    const read = value === undefined ? undefined : flag.read(value, values[name]);
    if (read === undefined) {
      problems.push(`Cannot read --${name} ${JSON.stringify(value ?? "")}: expected ${flag.expects}`);
      continue;
    }
    values[name] = read;
    given.add(name);
  }
  if (problems.length > 0) return fail(problems);
  const withoutEffect = [...given].filter((name) => tableEntry(name).used === undefined).toSorted();
  // The table gives each name its default and its reader, so the values have the types that it says.
  return ok({ flags: values as Flags, withoutEffect });
}

/** The text of `--help`: the flags that change something, then the names of the others. */
export function describeFlags(): string {
  const entries = Object.entries(flags) as [string, Flag<unknown>][];
  const lines = entries
    .filter(([, flag]) => flag.used)
    .map(([name, flag]) => `  --${name}${describeDefault(flag)}\n        ${flag.help}`);
  const others = entries.filter(([, flag]) => flag.used === undefined).map(([name]) => `--${name}`);
  return `${lines.join("\n")}\n\nAccepted for compatibility, without effect:\n  ${others.join(" ")}\n`;
}

function describeDefault({ default: value, expects }: Flag<unknown>): string {
  if (value === "" || value === false || (Array.isArray(value) && value.length === 0)) return "";
  if (expects.startsWith("a duration")) return ` (default ${Number(value) / 1_000}s)`;
  return ` (default ${Array.isArray(value) ? value.join(",") : String(value)})`;
}

function tableEntry(name: string): Flag<unknown> {
  return (flags as unknown as Record<string, Flag<unknown>>)[name] as Flag<unknown>;
}
