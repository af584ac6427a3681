import { generateKeyPair } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createCertificateAuthority,
  issueCertificate,
  type KeyPair,
  type LeafSubject,
} from "../src/apiservice/certificates.ts";

/** Paths of a certificate and its key. */
export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

/** Everybody in a cluster and what proves who they are. All paths are PEM files. */
export interface Identities {
  /** The authority of the cluster: signs clients, and servers as seen by clients. */
  readonly caPem: string;
  readonly caFile: string;
  /** The authority that the aggregator's own certificate is from. */
  readonly frontProxyCaFile: string;
  readonly frontProxyClient: KeyPairFiles;
  readonly apiServer: KeyPairFiles;
  readonly controllerManager: KeyPairFiles;
  /** Signs service account tokens. */
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
  /** Writes a kubeconfig with a client certificate for a user in groups, and answers its path. */
  readonly kubeconfigFor: (userName: string, groups: readonly string[]) => Promise<string>;
}

const validDays = 30;
const loopback = ["localhost", "127.0.0.1"];
/** Names of the API server that clients in a cluster use, and the first address of 10.0.0.0/24, which it gives itself. */
const apiServerHosts = [...loopback, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.0.0.1"];

/** Makes all identities of a cluster in `directory`. `serverUrl` is what the kubeconfigs point to. */
export async function createIdentities(directory: string, serverUrl: string, nowMs: number): Promise<Identities> {
  const validity = { nowMs, days: validDays };
  await mkdir(directory, { recursive: true });
  const write = writerIn(directory);
  const [ca, frontProxyCa, serviceAccounts] = await Promise.all([
    createCertificateAuthority("sandbox", validity),
    createCertificateAuthority("sandbox-front-proxy", validity),
    promisify(generateKeyPair)("rsa", { modulusLength: 2048 }),
  ]);
  async function issue(authority: KeyPair, name: string, subject: LeafSubject): Promise<KeyPairFiles> {
    const { certPem, keyPem } = await issueCertificate(authority, subject, validity);
    return { cert: await write(`${name}.crt`, certPem), key: await write(`${name}.key`, keyPem) };
  }
  let users = 0;
  async function kubeconfigFor(userName: string, groups: readonly string[]): Promise<string> {
    const subject: LeafSubject = { commonName: userName, organizations: groups, usages: ["clientAuth"] };
    const client = await issueCertificate(ca, subject, validity);
    users += 1;
    return write(`user-${users}.kubeconfig`, kubeconfig(serverUrl, ca.certPem, userName, client));
  }
  return {
    caPem: ca.certPem,
    caFile: await write("ca.crt", ca.certPem),
    frontProxyCaFile: await write("front-proxy-ca.crt", frontProxyCa.certPem),
    frontProxyClient: await issue(frontProxyCa, "front-proxy-client", {
      commonName: "front-proxy-client",
      usages: ["clientAuth"],
    }),
    apiServer: await issue(ca, "kube-apiserver", server("kube-apiserver", apiServerHosts)),
    controllerManager: await issue(ca, "kube-controller-manager", server("kube-controller-manager", loopback)),
    serviceAccountKeyFile: await write(
      "service-accounts.key",
      serviceAccounts.privateKey.export({ type: "pkcs8", format: "pem" }),
    ),
    serviceAccountPublicKeyFile: await write(
      "service-accounts.pub",
      serviceAccounts.publicKey.export({ type: "spki", format: "pem" }),
    ),
    kubeconfigFor,
  };
}

function server(commonName: string, hosts: readonly string[]): LeafSubject {
  return { commonName, hosts, usages: ["serverAuth"] };
}

/** Files that only this user may read, since most hold keys. */
function writerIn(directory: string): (name: string, content: string | Buffer) => Promise<string> {
  return async (name, content) => {
    const path = join(directory, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
}

function base64(pem: string): string {
  return Buffer.from(pem).toString("base64");
}

/** JSON is YAML. */
function kubeconfig(serverUrl: string, caPem: string, userName: string, { certPem, keyPem }: KeyPair): string {
  const document = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "sandbox",
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: userName } }],
    clusters: [{ name: "sandbox", cluster: { server: serverUrl, "certificate-authority-data": base64(caPem) } }],
    users: [
      {
        name: userName,
        user: { "client-certificate-data": base64(certPem), "client-key-data": base64(keyPem) },
      },
    ],
  };
  return JSON.stringify(document, null, 2);
}
