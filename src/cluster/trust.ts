import { X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "../result.ts";
import type { Clock } from "./clock.ts";
import { asTextMap, asTexts, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { createReflector, type ReflectorOptions, type ReflectorState } from "./reflector.ts";
import type { Named } from "./object-table.ts";

/** Whose certificates and headers the cluster tells its API servers to believe. Bundles are PEM. */
export interface TrustAnchors {
  /** Signs certificates of users; absent: no user is known by certificate. */
  readonly clientCa?: string;
  /** The front proxy, which says in headers who the user is; absent: no header is believed. */
  readonly requestHeader?: {
    readonly ca: string;
    /** Common names of the proxy; none means any certificate that `ca` signed. */
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraHeaderPrefixes: readonly string[];
  };
}

/** The trust anchors of the cluster, kept in sync with ConfigMap `kube-system/extension-apiserver-authentication`. */
export interface ClusterTrust {
  /** The last good ones: the same object as long as nothing has changed; empty until there are some. */
  readonly current: () => TrustAnchors;
  /** Whether the API has answered, be it that there is no such ConfigMap. */
  readonly loaded: () => boolean;
  readonly state: () => ReflectorState;
  /** Keeps in sync until `signal` is aborted, then resolves. To be called once. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** What the trust is read with. */
export interface TrustOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Told once for each content that cannot be used, and when the ConfigMap is missing. */
  readonly warn: (message: string) => void;
  readonly timing?: ReflectorOptions<Named>["timing"];
}

const namespace = "kube-system";
const name = "extension-apiserver-authentication";
const [clientCaKey, requestHeaderCaKey] = ["client-ca-file", "requestheader-client-ca-file"];
const title = `ConfigMap "${namespace}/${name}"`;

interface TrustConfigMap extends Named {
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Makes a reader of the cluster's trust anchors that has not started. A ConfigMap that disappears, cannot be used, or has
 * lost an authority leaves the last good ones in force, as in k8s.io/apiserver; without any nobody is believed.
 */
export function createClusterTrust({ client, clock, warn, timing = {} }: TrustOptions): ClusterTrust {
  let anchors: TrustAnchors = {};
  let loaded = false;
  let seen: string | undefined;

  const reflector = createReflector<TrustConfigMap>({
    client,
    clock,
    timing,
    locate: async () => Promise.resolve(ok(`/api/v1/namespaces/${namespace}/configmaps`)),
    // The Role extension-apiserver-authentication-reader allows this one name, for list and watch alike.
    query: { fieldSelector: `metadata.name=${name}` },
    project: (raw) => ({ namespace, name, data: asTextMap(at(raw, "data")) }),
    onChange: () => {
      if (reflector.state().kind !== "synced") return;
      loaded = true;
      const data = reflector.get(namespace, name)?.data;
      const content = JSON.stringify(data ?? null);
      if (content === seen) return;
      seen = content;
      const read = data === undefined ? fail("it does not exist") : readAnchors(data);
      const problem = read.ok ? missingOf(anchors, read.value) : read.error;
      if (read.ok) anchors = { ...anchors, ...read.value };
      if (problem !== undefined) warn(`Cannot read ${title}: ${problem}; what was trusted before stays trusted`);
    },
  });

  return { current: () => anchors, loaded: () => loaded, state: reflector.state, start: reflector.start };
}

/** The kube-apiserver adds authorities and replaces them, but takes none away; one that is missing was lost. */
function missingOf(known: TrustAnchors, read: TrustAnchors): string | undefined {
  const missing = [
    ...(known.clientCa !== undefined && read.clientCa === undefined ? [clientCaKey] : []),
    ...(known.requestHeader !== undefined && read.requestHeader === undefined ? [requestHeaderCaKey] : []),
  ];
  return missing.length === 0 ? undefined : `it has lost ${missing.map((key) => JSON.stringify(key)).join(" and ")}`;
}

/** Reads the ConfigMap's data (k8s.io/apiserver, `RequestHeaderAuthRequestController`); any key may be missing. */
function readAnchors(data: Readonly<Record<string, string>>): Result<TrustAnchors, string> {
  const clientCa = readBundle(data, clientCaKey);
  const ca = readBundle(data, requestHeaderCaKey);
  const lists = listKeys.map((key) => readTexts(data, key));
  const wrong = [clientCa, ca, ...lists].find((part) => !part.ok);
  if (wrong?.ok === false) return wrong;
  const [allowedNames = [], usernameHeaders = [], uidHeaders = [], groupHeaders = [], extraHeaderPrefixes = []] =
    lists.map((list) => (list.ok ? list.value : []));
  const requestHeader = { allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes };
  return ok({
    ...(clientCa.ok && clientCa.value !== undefined ? { clientCa: clientCa.value } : {}),
    ...(ca.ok && ca.value !== undefined ? { requestHeader: { ca: ca.value, ...requestHeader } } : {}),
  });
}

const listKeys = [
  "requestheader-allowed-names",
  "requestheader-username-headers",
  "requestheader-uid-headers",
  "requestheader-group-headers",
  "requestheader-extra-headers-prefix",
];

/** A list that is there and cannot be read must not count as empty: no allowed names would mean any name. */
function readTexts(data: Readonly<Record<string, string>>, key: string): Result<readonly string[], string> {
  const text = data[key] ?? "";
  if (text === "") return ok([]);
  const list = parse(text);
  const texts = asTexts(list);
  if (!Array.isArray(list) || texts.length !== list.length)
    return fail(`${JSON.stringify(key)} is not a list of strings`);
  return ok(texts);
}

function readBundle(data: Readonly<Record<string, string>>, key: string): Result<string | undefined, string> {
  const pem = data[key] ?? "";
  if (pem.trim() === "") return ok(undefined);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/gu) ?? [];
  return blocks.some(isCertificate) ? ok(pem) : fail(`${JSON.stringify(key)} holds no certificate`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
