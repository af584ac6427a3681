import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Flags } from "../config/flags.ts";
import type { PrometheusOptions } from "../query/prometheus.ts";
import { fail, ok, type Result } from "../result.ts";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const limits = { timeoutMs: 8_000, maxBytes: 64 * 1024 * 1024, connections: 8 };

/** Reads how Prometheus is reached from the `--prometheus-*` flags, or lists what is wrong with them. */
export function prometheusOptions(flags: Flags): Result<PrometheusOptions, readonly string[]> {
  const inCluster = flags["prometheus-auth-incluster"];
  const tokenFile = flags["prometheus-token-file"] || (inCluster ? `${serviceAccount}/token` : "");
  const url = flags["prometheus-url"];
  const method = flags["prometheus-verb"];
  const headers = flags["prometheus-header"].map(parseHeader);
  const files = {
    ca: readPem(flags["prometheus-ca-file"] || (inCluster ? `${serviceAccount}/ca.crt` : "")),
    cert: readPem(flags["prometheus-client-tls-cert-file"]),
    key: readPem(flags["prometheus-client-tls-key-file"]),
  };
  const problems = [
    ...(URL.canParse(url) ? [] : [`Cannot use --prometheus-url ${JSON.stringify(url)}: not an address`]),
    ...(method === "GET" || method === "POST"
      ? []
      : [`Cannot use --prometheus-verb ${JSON.stringify(method)}: expected GET or POST`]),
    ...(flags["prometheus-auth-config"] === "" ? [] : [authConfig]),
    ...[...headers, ...Object.values(files)].flatMap((each) => (each.ok ? [] : each.error)),
  ];
  if (problems.length > 0) return fail(problems);
  return ok({
    ...limits,
    url,
    method: method === "POST" ? "POST" : "GET",
    headers: Object.fromEntries(headers.flatMap((header) => (header.ok ? [header.value] : []))),
    ...(tokenFile === "" ? {} : { token: async () => (await readFile(tokenFile, "utf8")).trim() }),
    tls: Object.fromEntries(
      Object.entries(files).flatMap(([name, pem]) => (pem.ok && pem.value !== undefined ? [[name, pem.value]] : [])),
    ),
  });
}

const authConfig =
  "Cannot use --prometheus-auth-config: a kubeconfig for Prometheus is not read; " +
  "use --prometheus-token-file, --prometheus-ca-file and --prometheus-client-tls-cert-file instead";

/** Reads `name=value`; the value may hold further equal signs. */
function parseHeader(text: string): Result<readonly [string, string], string> {
  const [, name, value] = /^([^=]+)=(.*)$/su.exec(text) ?? [];
  return name === undefined || value === undefined
    ? fail(`Cannot use --prometheus-header ${JSON.stringify(text)}: expected name=value`)
    : ok([name, value]);
}

function readPem(path: string): Result<string | undefined, string> {
  try {
    return ok(path === "" ? undefined : readFileSync(path, "utf8"));
  } catch (thrown) {
    return fail(`Cannot read ${JSON.stringify(path)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
