import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createCertificateAuthority, issueCertificate, type KeyPair } from "../src/apiservice/certificates.ts";
import { createHandler } from "./kubernetes-api/handler.ts";
import { permissive, type ReviewAnswers } from "./kubernetes-api/reviews.ts";
import { createStore, type Store } from "./kubernetes-api/store.ts";
import type { JsonObject } from "./kubernetes-object.ts";

/** What can be set about a stand-in Kubernetes API. */
export interface KubernetesApiOptions {
  /** Where the kubeconfig file is written; made when it is missing. */
  readonly directory: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: token `demo` is user demo, everybody may do everything. */
  readonly reviews?: Partial<ReviewAnswers>;
  /** Time between bookmarks of a watch, in milliseconds. Default 60,000, as a real server sends them. */
  readonly bookmarkMs?: number;
  /** Default: the system's clock. */
  readonly nowMs?: () => number;
}

/** A running stand-in. It asks nobody who they are: certificates and tokens of clients are accepted unread. */
export interface KubernetesApi {
  /** `https://127.0.0.1:{port}`. */
  readonly url: string;
  /** Path of a kubeconfig file for an administrator. */
  readonly kubeconfig: string;
  readonly caPem: string;
  /** The client certificate of the aggregator: the request-header CA of `extension-apiserver-authentication` signed it. */
  readonly frontProxy: KeyPair;
  /** A client certificate of user `admin` in group `system:masters`. */
  readonly admin: KeyPair;
  /** Forgets the history of changes: a watch from an older resourceVersion is then answered 410. */
  readonly compact: () => void;
  /** Ends all connections and the server. */
  readonly stop: () => Promise<void>;
}

/** Starts an in-memory API server on loopback over HTTPS: enough for list, watch, discovery, reviews and a controller. */
export async function startKubernetesApi(options: KubernetesApiOptions): Promise<KubernetesApi> {
  const nowMs = options.nowMs ?? Date.now;
  const { ca, serving, admin, frontProxyCa, frontProxy } = await createIdentities({ nowMs: nowMs(), days: 1 });
  const store = createStore(nowMs);
  preset(store, ca, frontProxyCa);
  const reviews = { ...permissive, ...options.reviews };
  const serve = createHandler({ store, reviews, bookmarkMs: options.bookmarkMs ?? 60_000 });
  const server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
    void serve(request, response);
  });
  const url = `https://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  const kubeconfig = join(options.directory, "admin.kubeconfig");
  await mkdir(options.directory, { recursive: true });
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(url, ca, admin), null, 2), { mode: 0o600 });
  return {
    url,
    kubeconfig,
    caPem: ca.certPem,
    frontProxy,
    admin,
    compact: store.compact,
    stop: async () => stop(server),
  };
}

async function createIdentities(validity: { readonly nowMs: number; readonly days: number }) {
  const [ca, frontProxyCa] = await Promise.all([
    createCertificateAuthority("sandbox-ca", validity),
    createCertificateAuthority("sandbox-front-proxy-ca", validity),
  ]);
  const [serving, admin, frontProxy] = await Promise.all([
    issueCertificate(
      ca,
      { commonName: "kube-apiserver", hosts: ["127.0.0.1", "localhost"], usages: ["serverAuth"] },
      validity,
    ),
    issueCertificate(ca, { commonName: "admin", organizations: ["system:masters"], usages: ["clientAuth"] }, validity),
    issueCertificate(frontProxyCa, { commonName: "front-proxy-client", usages: ["clientAuth"] }, validity),
  ]);
  return { ca, serving, admin, frontProxyCa, frontProxy };
}

/** What every cluster has: its namespaces, and whom extension API servers are to trust (Kubernetes, "Configure the Aggregation Layer"). */
function preset(store: Store, ca: KeyPair, frontProxyCa: KeyPair): void {
  for (const name of ["default", "kube-system", "kube-public"]) {
    store.create({ group: "", resource: "namespaces" }, { metadata: { name }, status: { phase: "Active" } });
  }
  store.create(
    { group: "", resource: "configmaps" },
    {
      metadata: { namespace: "kube-system", name: "extension-apiserver-authentication" },
      data: {
        "client-ca-file": ca.certPem,
        "requestheader-client-ca-file": frontProxyCa.certPem,
        "requestheader-allowed-names": '["front-proxy-client"]',
        "requestheader-username-headers": '["X-Remote-User"]',
        "requestheader-uid-headers": '["X-Remote-Uid"]',
        "requestheader-group-headers": '["X-Remote-Group"]',
        "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      },
    },
  );
}

/** A kubeconfig as JSON, which is YAML as well. */
function kubeconfigFor(server: string, ca: KeyPair, admin: KeyPair): JsonObject {
  function base64(pem: string): string {
    return Buffer.from(pem).toString("base64");
  }
  const cluster = { server, "certificate-authority-data": base64(ca.certPem) };
  const user = { "client-certificate-data": base64(admin.certPem), "client-key-data": base64(admin.keyPem) };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "sandbox", cluster }],
    users: [{ name: "admin", user }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "admin" } }],
    "current-context": "sandbox",
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
