import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { parseBundle } from "../apiservice/trust-anchors.ts";
import { type Credentials, loadCredentials } from "../cluster/client.ts";
import type { FlagValues } from "../config/flag.ts";
import type { prometheusFlags } from "../config/flags.ts";
import type { PrometheusOptions } from "../query/prometheus.ts";
import { fail, ok, type Result } from "../result.ts";
import { prometheusHeaders } from "./prometheus-headers.ts";

const limits = { timeoutMs: 8_000, maxBytes: 64 * 1024 * 1024, connections: 8 };

/** What the flags say of how Prometheus is reached. */
export type PrometheusFlags = FlagValues<typeof prometheusFlags>;

/** Where a pod finds the token and the CA of its ServiceAccount. */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Reads how Prometheus is reached from the `--prometheus-*` flags and their files, or lists what is wrong with them. A header
 * that is given counts before a password in the address, and that before tokens.
 */
export async function prometheusOptions(
  flags: PrometheusFlags,
  serviceAccount = serviceAccountFolder,
): Promise<Result<PrometheusOptions, readonly string[]>> {
  const address = readAddress(flags["prometheus-url"]);
  const method = flags["prometheus-verb"];
  const headers = prometheusHeaders(flags["prometheus-header"]);
  const credentials = await readCredentials(flags, serviceAccount);
  const verb = JSON.stringify(method);
  const problems = [
    ...(address.ok ? [] : [address.error]),
    ...(method === "GET" || method === "POST"
      ? []
      : [`Cannot use --prometheus-verb ${verb}: expected GET or POST (unsupported Prometheus HTTP verb ${verb})`]),
    ...(headers.ok ? [] : headers.error),
    ...(credentials.ok ? [] : credentials.error),
  ];
  if (!address.ok || !headers.ok || !credentials.ok || problems.length > 0) return fail(problems);
  const { url, basic } = address.value;
  const { tls, authorization } = credentials.value;
  const inHeader = Object.keys(headers.value).some((name) => name.toLowerCase() === "authorization");
  return ok({
    ...limits,
    url,
    method: method === "POST" ? "POST" : "GET",
    headers: headers.value,
    tls,
    authorization: async () => (inHeader ? undefined : (basic ?? (await authorization()))),
  });
}

/** What is to be said of flags that do something else than somebody may think. */
export function prometheusNotes(flags: PrometheusFlags): readonly string[] {
  const authenticates = flags["prometheus-auth-incluster"] || flags["prometheus-auth-config"] !== "";
  const [cert, key] = [flags["prometheus-client-tls-cert-file"], flags["prometheus-client-tls-key-file"]];
  return [
    ...(authenticates && flags["prometheus-ca-file"] !== "" ? [bothCount] : []),
    ...((cert === "") === (key === "") ? [] : [halfPair]),
  ];
}

const bothCount =
  "--prometheus-auth-incluster and --prometheus-auth-config count beside --prometheus-ca-file; prometheus-adapter ignores them there";
const halfPair =
  "--prometheus-client-tls-cert-file and --prometheus-client-tls-key-file have no effect without each other";

/** The credentials in an address become a header, so that the address can be shown. */
function readAddress(text: string): Result<{ readonly url: string; readonly basic?: string }, string> {
  const address = URL.parse(text);
  const user = address === null ? undefined : decodeUser(address);
  if (address === null || user === undefined || !["http:", "https:"].includes(address.protocol)) {
    // What cannot be read may hold a password all the same.
    const shown = JSON.stringify(text.replace(/\/\/[^/]*@/u, "//…@"));
    return fail(`Cannot use --prometheus-url ${shown}: expected an address such as "https://prometheus:9090"`);
  }
  if (user === ":") return ok({ url: text });
  address.username = "";
  address.password = "";
  return ok({ url: address.href, basic: `Basic ${Buffer.from(user).toString("base64")}` });
}

/** `name:password`; undefined when a percent sign in it escapes nothing. */
function decodeUser({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/**
 * Who the adapter is to Prometheus, and whom it trusts. prometheus-adapter leaves out `--prometheus-auth-incluster` and
 * `--prometheus-auth-config` where there is a CA file; here each flag counts for what it names.
 */
async function readCredentials(
  flags: PrometheusFlags,
  serviceAccount: string,
): Promise<Result<Credentials, readonly string[]>> {
  const { "prometheus-auth-incluster": inCluster, "prometheus-auth-config": kubeconfig } = flags;
  const caFile = flags["prometheus-ca-file"];
  if (inCluster && kubeconfig !== "" && caFile === "") return fail([twoSources]);
  const [base, ca, pair, token] = await Promise.all([
    kubeconfig === "" ? ok(anonymous) : readKubeconfig(kubeconfig),
    readCa(caFile === "" && inCluster ? `${serviceAccount}/ca.crt` : caFile),
    readPair(flags["prometheus-client-tls-cert-file"], flags["prometheus-client-tls-key-file"]),
    readToken(flags["prometheus-token-file"] || (inCluster ? `${serviceAccount}/token` : "")),
  ]);
  if (!base.ok || !ca.ok || !pair.ok || !token.ok) {
    return fail([base, ca, pair, token].flatMap((part) => (part.ok ? [] : [part.error])));
  }
  return ok({
    tls: { ...base.value.tls, ...ca.value, ...pair.value },
    authorization: token.value ?? base.value.authorization,
  });
}

const twoSources =
  "Cannot use --prometheus-auth-incluster and --prometheus-auth-config: choose one " +
  "(may not use both in-cluster auth and an explicit kubeconfig at the same time)";

const anonymous: Credentials = { tls: {}, authorization: async () => undefined };

async function readKubeconfig(path: string): Promise<Result<Credentials, string>> {
  const credentials = await loadCredentials(path);
  if (!credentials.ok || credentials.value.tls.ca === undefined) return credentials;
  if (parseBundle(credentials.value.tls.ca).length > 0) return credentials;
  return fail(`Cannot use --prometheus-auth-config ${JSON.stringify(path)}: its CA holds no certificate`);
}

async function readCa(path: string): Promise<Result<{ readonly ca?: string }, string>> {
  if (path === "") return ok({});
  const pem = await read(path);
  if (!pem.ok) return pem;
  if (parseBundle(pem.value).length > 0) return ok({ ca: pem.value });
  return fail(`Cannot use --prometheus-ca-file ${JSON.stringify(path)}: it holds no certificate (no certs found)`);
}

/** One without the other is nothing, as in prometheus-adapter. */
async function readPair(
  certFile: string,
  keyFile: string,
): Promise<Result<{ readonly cert?: string; readonly key?: string }, string>> {
  if (certFile === "" || keyFile === "") return ok({});
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
  if (!cert.ok) return cert;
  if (!key.ok) return key;
  try {
    createSecureContext({ cert: cert.value, key: key.value });
    return ok({ cert: cert.value, key: key.value });
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`Cannot use --prometheus-client-tls-cert-file and --prometheus-client-tls-key-file: ${detail}`);
  }
}

/** Tokens rotate, so the file is read for each question; that it is there is seen at the start. */
async function readToken(path: string): Promise<Result<Credentials["authorization"] | undefined, string>> {
  if (path === "") return ok(undefined);
  const first = await read(path);
  return first.ok ? ok(async () => `Bearer ${(await readFile(path, "utf8")).trim()}`) : first;
}

async function read(path: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (thrown) {
    return fail(`Cannot read ${JSON.stringify(path)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
