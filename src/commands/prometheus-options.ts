import { readFile } from "node:fs/promises";
import { type Credentials, loadCredentials } from "../cluster/client.ts";
import type { FlagValues } from "../config/flag.ts";
import type { prometheusFlags } from "../config/flags.ts";
import type { PrometheusOptions } from "../query/prometheus.ts";
import { fail, ok, type Result } from "../result.ts";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const limits = { timeoutMs: 8_000, maxBytes: 64 * 1024 * 1024, connections: 8 };

/** What the flags say of how Prometheus is reached. */
export type PrometheusFlags = FlagValues<typeof prometheusFlags>;

/** Reads how Prometheus is reached from the `--prometheus-*` flags, or lists what is wrong with them. */
export async function prometheusOptions(flags: PrometheusFlags): Promise<Result<PrometheusOptions, readonly string[]>> {
  const url = flags["prometheus-url"];
  const method = flags["prometheus-verb"];
  const headers = flags["prometheus-header"].map(parseHeader);
  const credentials = await readCredentials(flags);
  const problems = [
    ...addressProblems(url),
    ...(method === "GET" || method === "POST"
      ? []
      : [`Cannot use --prometheus-verb ${JSON.stringify(method)}: expected GET or POST`]),
    ...headers.flatMap((header) => (header.ok ? [] : [header.error])),
    ...(credentials.ok ? [] : credentials.error),
  ];
  if (problems.length > 0 || !credentials.ok) return fail(problems);
  return ok({
    ...limits,
    ...credentials.value,
    url,
    method: method === "POST" ? "POST" : "GET",
    headers: Object.fromEntries(headers.flatMap((header) => (header.ok ? [header.value] : []))),
  });
}

function addressProblems(url: string): readonly string[] {
  const address = URL.parse(url);
  if (address === null || !["http:", "https:"].includes(address.protocol)) {
    return [
      `Cannot use --prometheus-url ${JSON.stringify(url)}: expected an address such as "https://prometheus:9090"`,
    ];
  }
  if (address.username === "" && address.password === "") return [];
  return ["Cannot use --prometheus-url: it holds credentials; give them as --prometheus-header=Authorization=..."];
}

/** Reads `name=value`; the value may hold further equal signs. */
function parseHeader(text: string): Result<readonly [string, string], string> {
  const [, name, value] = /^([^=]+)=(.*)$/su.exec(text) ?? [];
  return name === undefined || value === undefined
    ? fail(`Cannot use --prometheus-header ${JSON.stringify(text)}: expected name=value`)
    : ok([name, value]);
}

/** A kubeconfig if one is given, else the files of the flags, else those of the pod's ServiceAccount. */
async function readCredentials(flags: PrometheusFlags): Promise<Result<Credentials, readonly string[]>> {
  const kubeconfig = flags["prometheus-auth-config"];
  if (kubeconfig !== "") {
    const credentials = await loadCredentials(kubeconfig);
    return credentials.ok ? credentials : fail([credentials.error]);
  }
  const inCluster = flags["prometheus-auth-incluster"];
  const tokenFile = flags["prometheus-token-file"] || (inCluster ? `${serviceAccount}/token` : "");
  const files = {
    ca: flags["prometheus-ca-file"] || (inCluster ? `${serviceAccount}/ca.crt` : ""),
    cert: flags["prometheus-client-tls-cert-file"],
    key: flags["prometheus-client-tls-key-file"],
  };
  const given = Object.entries(files).filter(([, path]) => path !== "");
  const read = await Promise.all(given.map(async ([name, path]) => [name, await readPem(path)] as const));
  const problems = read.flatMap(([, pem]) => (pem.ok ? [] : [pem.error]));
  if (problems.length > 0) return fail(problems);
  return ok({
    tls: Object.fromEntries(read.flatMap(([name, pem]) => (pem.ok ? [[name, pem.value]] : []))),
    authorization: async () => (tokenFile === "" ? undefined : `Bearer ${(await readFile(tokenFile, "utf8")).trim()}`),
  });
}

async function readPem(path: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (thrown) {
    return fail(`Cannot read ${JSON.stringify(path)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
