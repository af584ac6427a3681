import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { isIPv6 } from "node:net";
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { fail, ok, type Result } from "../result.ts";
import {
  createKubernetesClient,
  type Connection,
  type KubernetesClient,
  type ObserveExchange,
} from "./kubernetes-client.ts";

/** Where the address and the credentials of the Kubernetes API are looked for. */
export interface ClientOptions {
  /** Path of a kubeconfig. Absent: the pod's service account, then the files of `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Environment variables: `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`, `KUBECONFIG`, `HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the API's audit log and metrics know the client by, such as `vm-metrics-adapter/0.1.0`. */
  readonly userAgent: string;
  /** Default: nobody is told. */
  readonly observe?: ObserveExchange;
  /** Where a pod finds `token` and `ca.crt` of its service account; default as Kubernetes mounts it. */
  readonly serviceAccountPath?: string;
}

/** Most requests on the way at once; more wait for a connection. */
const maxConnections = 8;

/** Below the 90 s after which a kube-apiserver closes an idle connection, so that none is used as it closes. */
const keepAliveMs = 60_000;

/**
 * Finds the Kubernetes API and makes a client for it, or says why there is none. Nothing is connected yet.
 *
 * A rotated token is read within a minute. A changed CA or client certificate opens new connections; the old ones are
 * closed as their requests end.
 */
export function loadKubernetesClient(options: ClientOptions): Result<KubernetesClient, string> {
  try {
    const config = findConfig(options);
    const server = config?.getCurrentCluster()?.server;
    if (config === undefined) return fail(noConfig);
    if (server === undefined)
      return fail("Cannot find the Kubernetes API: the kubeconfig's current context names no cluster");
    return ok(createKubernetesClient(createConnect(config, server, options.userAgent), options.observe));
  } catch (thrown) {
    return fail(`Cannot read the kubeconfig: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** A server that speaks as the Kubernetes API does, such as an adapter. */
export interface ServerOptions {
  /** Such as `https://10.0.0.1:6443`. */
  readonly url: string;
  /** Authorities of its certificate; empty for those of the system. */
  readonly caFile: string;
  /** File with a bearer token; empty for none. */
  readonly tokenFile: string;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
  readonly userAgent: string;
}

/** Makes a client for a server of its own. Nothing is connected or read yet. */
export function createServerClient({ url, caFile, tokenFile, insecure, userAgent }: ServerOptions): KubernetesClient {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "server", server: url, skipTLSVerify: insecure, ...(caFile === "" ? {} : { caFile }) },
    { name: "user", ...(tokenFile === "" ? {} : { authProvider: { name: "tokenFile", config: { tokenFile } } }) },
  );
  return createKubernetesClient(createConnect(config, url, userAgent));
}

/** How a kubeconfig's user shows itself to a server that is not a Kubernetes API. */
export interface Credentials {
  /** PEM. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** The Authorization header, with a token as it is now; undefined when the user has none. */
  readonly authorization: () => Promise<string | undefined>;
}

/** Reads the credentials of a kubeconfig's current context; its server is not used. */
export async function loadCredentials(kubeconfig: string): Promise<Result<Credentials, string>> {
  try {
    const config = fromFiles([kubeconfig]);
    const { ca, cert, key } = await httpsOptions(config);
    const pems = Object.entries({ ca, cert, key }).flatMap(([name, pem]) =>
      isPem(pem) ? [[name, pem.toString()]] : [],
    );
    return ok({
      tls: Object.fromEntries(pems) as Credentials["tls"],
      authorization: async () => headersOf(await httpsOptions(config), "")["authorization"],
    });
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`Cannot read the kubeconfig ${JSON.stringify(kubeconfig)}: ${detail}`);
  }
}

/** client-node gives files as bytes. */
function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}

async function httpsOptions(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

const noConfig =
  "Cannot find the Kubernetes API: this is not a pod with a service account, and there is no kubeconfig; " +
  "check --lister-kubeconfig, KUBECONFIG and ~/.kube/config";

/** The order of client-go (`clientcmd.BuildConfigFromFlags`). */
function findConfig({ kubeconfig, env, serviceAccountPath }: ClientOptions): KubeConfig | undefined {
  if (kubeconfig !== undefined) return fromFiles([kubeconfig]);
  const inCluster = fromServiceAccount(env, serviceAccountPath ?? "/var/run/secrets/kubernetes.io/serviceaccount");
  if (inCluster !== undefined) return inCluster;
  const paths = env["KUBECONFIG"]?.split(delimiter) ?? [join(env["HOME"] ?? "", ".kube", "config")];
  const present = paths.filter((path) => path !== "" && existsSync(path));
  return present.length === 0 ? undefined : fromFiles(present);
}

function fromServiceAccount(env: ClientOptions["env"], folder: string): KubeConfig | undefined {
  const [host, port, tokenFile] = [
    env["KUBERNETES_SERVICE_HOST"],
    env["KUBERNETES_SERVICE_PORT"],
    join(folder, "token"),
  ];
  if (host === undefined || port === undefined || !existsSync(tokenFile)) return undefined;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: "in-cluster",
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      caFile: join(folder, "ca.crt"),
      skipTLSVerify: false,
    },
    { name: "service-account", authProvider: { name: "tokenFile", config: { tokenFile } } },
  );
  return config;
}

/** Of several files the first that says something counts, as in client-go; client-node's own merge refuses equal names. */
function fromFiles(paths: readonly string[]): KubeConfig {
  const files = paths.map((path) => {
    const file = new KubeConfig();
    file.loadFromFile(path);
    return file;
  });
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(files.flatMap((file) => file.clusters)),
    users: firstOfEachName(files.flatMap((file) => file.users)),
    contexts: firstOfEachName(files.flatMap((file) => file.contexts)),
    currentContext: files.map((file) => file.currentContext).find(Boolean),
  });
  return merged;
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.name, entry])).values()];
}

/**
 * client-node's own request path makes a connection pool for each call, so only its reading of credentials is used, and
 * one pool is kept for as long as what TLS needs stays the same.
 */
function createConnect(config: KubeConfig, server: string, userAgent: string): () => Promise<Connection> {
  const proxy = config.getCurrentCluster()?.proxyUrl;
  let current: { readonly tls: Tls; readonly pools: Pools } | undefined;
  return async () => {
    const options = await httpsOptions(config);
    const tls = tlsOf(options);
    if (current === undefined || !isDeepStrictEqual(current.tls, tls)) {
      void closePools(current?.pools);
      current = { tls, pools: openPools(tls, proxy) };
    }
    return { server, headers: headersOf(options, userAgent), ...current.pools };
  };
}

type Pools = Pick<Connection, "requests" | "streams">;

type Tls = ReturnType<typeof tlsOf>;

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions) {
  const parts = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function openPools(tls: Tls, proxy: string | undefined): Pools {
  return { requests: openPool(tls, proxy, maxConnections), streams: openPool(tls, proxy, null) };
}

function openPool(tls: Tls, proxy: string | undefined, connections: number | null): Dispatcher {
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const options = { allowH2: false, keepAliveTimeout: keepAliveMs, connections };
  if (proxy === undefined) return new Agent({ ...options, connect });
  return new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
}

/** Waits for what is on the way; a watch ends within minutes. */
async function closePools(pools: Pools | undefined): Promise<void> {
  await Promise.all([pools?.requests.close(), pools?.streams.close()]);
}

/** A token read from a file may end in a newline, which no header may hold. */
function headersOf({ headers = {}, auth }: RequestOptions, userAgent: string): Readonly<Record<string, string>> {
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim()] as const);
  return { "user-agent": userAgent, ...basic, ...Object.fromEntries(given) };
}
