import { currentRelease, releaseLine } from "../naming/release-line.ts";
import { checkShownRelease } from "../naming/stability.ts";
import { ok, type Result } from "../result.ts";
import {
  count,
  decimal,
  describeFlagTable,
  each,
  type Flag,
  type FlagTable,
  type FlagValues,
  hidden,
  list,
  onOff,
  port,
  readFlags,
  span,
  spans,
  text,
  used,
} from "./flag.ts";

const stderrOnly = "leave it out, the log always goes to standard error";
const redirect = "leave it out and redirect standard error, where the log goes";
const jsonLines = "leave it out, the log is JSON lines";

const seconds = 1_000;
const minutes = 60 * seconds;

/** How Prometheus is reached. */
export const prometheusFlags = {
  "prometheus-url": used(text("https://localhost", "Address of the Prometheus HTTP API")),
  "prometheus-auth-incluster": used(onOff(false, "Authenticate to Prometheus with the pod's ServiceAccount")),
  "prometheus-auth-config": used(text("", "kubeconfig file with the credentials for Prometheus")),
  "prometheus-ca-file": used(text("", "CA certificates for the connection to Prometheus")),
  "prometheus-client-tls-cert-file": used(text("", "Client certificate for Prometheus")),
  "prometheus-client-tls-key-file": used(text("", "Key of the client certificate for Prometheus")),
  "prometheus-token-file": used(text("", "File with the bearer token for Prometheus; read again when it changes")),
  "prometheus-header": used(each("Header for each request to Prometheus, as name=value; repeatable")),
  "prometheus-verb": used(text("GET", "HTTP method of queries: GET or POST")),
} as const;

/** Every flag of prometheus-adapter 0.12, and this adapter's own; `used` marks those that change what this adapter does. */
export const adapterFlags = {
  // The adapter.
  config: used(text("", "Configuration file; without one the metrics of virtual machines are served with defaults")),
  ...prometheusFlags,
  "show-hidden-exports-for-version": used(
    shownRelease(
      "The previous release, as <major>.<minor>: names of metrics that are hidden since, or before, answer all the same",
    ),
  ),
  "metrics-relist-interval": used(
    span(10 * minutes, "Pause between two lists of the series that rules find", 1 * seconds),
  ),
  "metrics-max-age": used(
    span(0, "How old series may be that rules find; without it as old as the pause between lists"),
  ),
  "disable-http2": onOff(false, "HTTP/2 is never served"),

  // Kubernetes.
  "lister-kubeconfig": used(text("", "kubeconfig file; without one the pod's ServiceAccount is used")),
  "discovery-interval": used(
    span(0, "Interval between two looks at which resources the cluster has; without it a minute"),
  ),
  "client-qps": used(
    decimal(
      5,
      "Requests per second to the Kubernetes API, if it or --client-burst is given; there is no limit otherwise",
    ),
  ),
  "client-burst": used(count(10, "Requests that may go to the Kubernetes API at once, after a pause")),

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
  "tls-secret": used(
    objectName(
      "Secret that the replicas keep their serving certificate and its authority in, as <namespace>/<name>; the adapter writes caBundle into its APIServices. Without effect beside --tls-cert-file",
    ),
  ),
  "tls-service": used(
    objectName(
      "Service that the certificate in --tls-secret is for, as <namespace>/<name>, and that the APIServices name",
    ),
  ),
  "tls-secret-times": hidden(
    spans("Life of an authority and of a certificate, age of an authority, pause between looks"),
  ),
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
  "client-ca-file": used(text("", "CA certificates of users' client certificates; read again when they change")),
  "requestheader-client-ca-file": used(text("", "CA certificates of the front proxy; read again when they change")),
  "requestheader-username-headers": used(list(["x-remote-user"], "Headers with the user's name")),
  "requestheader-uid-headers": used(list([], "Headers with the user's UID, such as x-remote-uid")),
  "requestheader-group-headers": used(list(["x-remote-group"], "Headers with the user's groups")),
  "requestheader-extra-headers-prefix": used(list(["x-remote-extra-"], "Prefixes of headers with extra facts")),
  "requestheader-allowed-names": used(list([], "Names that the front proxy's certificate may have; empty means any")),

  // Authorization.
  "authorization-kubeconfig": used(text("", "kubeconfig file for SubjectAccessReviews")),
  "authorization-webhook-cache-authorized-ttl": used(span(10 * seconds, "How long a permission is used")),
  "authorization-webhook-cache-unauthorized-ttl": used(span(10 * seconds, "How long a refusal is used")),
  "authorization-always-allow-groups": used(
    list(["system:masters"], "Groups whose members need no permission; they cost no SubjectAccessReview"),
  ),
  "authorization-wide-reviews": used(
    onOff(
      true,
      "Ask whether a user may read the whole API group before asking about one metric; false for authorizers that deny",
    ),
  ),
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
  ...auditBackend("log", { mode: "blocking", size: 1, waitMs: 0, throttle: false, qps: 0, burst: 0 }),
  ...auditBackend("webhook", { mode: "batch", size: 400, waitMs: 30 * seconds, throttle: true, qps: 10, burst: 15 }),

  // Features.
  profiling: onOff(true, "Profiling is not served"),
  "contention-profiling": onOff(false, "Profiling is not served"),
  "debug-socket-path": text("", "Profiling is not served"),
  "enable-priority-and-fairness": onOff(false, "Priority and fairness is not served"),
} as const;

interface AuditDefaults {
  readonly mode: "blocking" | "batch";
  readonly size: number;
  readonly waitMs: number;
  readonly throttle: boolean;
  readonly qps: number;
  readonly burst: number;
}

function auditBackend<Name extends "log" | "webhook">(name: Name, defaults: AuditDefaults) {
  return {
    [`audit-${name}-mode`]: text(defaults.mode, "Audit"),
    [`audit-${name}-batch-buffer-size`]: count(10_000, "Audit"),
    [`audit-${name}-batch-max-size`]: count(defaults.size, "Audit"),
    [`audit-${name}-batch-max-wait`]: span(defaults.waitMs, "Audit"),
    [`audit-${name}-batch-throttle-enable`]: onOff(defaults.throttle, "Audit"),
    [`audit-${name}-batch-throttle-qps`]: decimal(defaults.qps, "Audit"),
    [`audit-${name}-batch-throttle-burst`]: count(defaults.burst, "Audit"),
    [`audit-${name}-truncate-enabled`]: onOff(false, "Audit"),
    [`audit-${name}-truncate-max-batch-size`]: count(10_485_760, "Audit"),
    [`audit-${name}-truncate-max-event-size`]: count(102_400, "Audit"),
  };
}

/** klog's own flags, which old manifests have and which prometheus-adapter 0.12 refuses, and what does the same here. */
const klogFlags: ReadonlyMap<string, string> = new Map([
  ["logtostderr", stderrOnly],
  ["alsologtostderr", stderrOnly],
  ["one-output", stderrOnly],
  ["stderrthreshold", "-v says how much is logged"],
  ["log-backtrace-at", "-v=6 says what was decided on the way to each answer"],
  ["log-dir", redirect],
  ["log-file", redirect],
  ["log-file-max-size", redirect],
  ["add-dir-header", jsonLines],
  ["skip-headers", jsonLines],
  ["skip-log-headers", jsonLines],
]);

/** Names an object in a namespace; empty for none. */
function objectName(help: string): Flag<string> {
  return {
    ...text("", help),
    problem: (value) => (/^(?:[^/]+\/[^/]+)?$/u.test(value) ? undefined : "expected <namespace>/<name>"),
  };
}

/** The release whose hidden names are shown, as the text of the flag; empty for none. */
function shownRelease(help: string): Flag<string> {
  return {
    ...text("", help),
    problem: (value) => {
      const shown = checkShownRelease(value, currentRelease, releaseLine);
      return shown.ok ? undefined : shown.error;
    },
  };
}

/** The value of each flag of the adapter, given or by default; durations are in milliseconds. */
export type Flags = FlagValues<typeof adapterFlags>;

/** What the command line says. */
export interface CommandLine {
  readonly flags: Flags;
  /** The names of the flags that were given. */
  readonly given: readonly string[];
  /** Those of them that change nothing here, sorted. */
  readonly withoutEffect: readonly string[];
}

/**
 * Reads the adapter's flags. Positional arguments are ignored, because the Helm chart passes `/adapter` as one. Every
 * problem is listed.
 */
export function parseFlags(argv: readonly string[]): Result<CommandLine, readonly string[]> {
  const read = readFlags(adapterFlags, argv, (name) => klogFlags.get(name.replaceAll("_", "-")));
  if (!read.ok) return read;
  const { flags, given } = read.value;
  return ok({ flags, given, withoutEffect: given.filter((name) => isWithoutEffect(name, flags)).toSorted() });
}

/** Nothing below TLS 1.2 is served, whatever is asked for. */
function isWithoutEffect(name: string, flags: Flags): boolean {
  if (name === "tls-min-version") return ["VersionTLS10", "VersionTLS11"].includes(flags[name]);
  const table: FlagTable = adapterFlags;
  return table[name]?.used === undefined;
}

/** The text of `--help`: the flags that change something, then the names of the others. */
export function describeFlags(): string {
  const table: FlagTable = adapterFlags;
  const others = Object.keys(table).filter((name) => table[name]?.used === undefined);
  const names = others.map((name) => `--${name}`).join(" ");
  return `${describeFlagTable(table)}\nAccepted for compatibility, without effect:\n  ${names}\n`;
}
