import { ok, type Result } from "../result.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asText, asTextMap, at, isRecord } from "./json.ts";
import type { KubernetesAnswer, KubernetesClient } from "./kubernetes-client.ts";

/** A Secret as it was read. */
export interface SecretObject {
  /** Decoded, as UTF-8. */
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What the API's clock said then, in milliseconds since the Unix epoch; absent when it did not say. */
  readonly readAtMs?: number;
  /** Writes other data; a `conflict` when the Secret is not as it was read. */
  readonly replace: (data: Readonly<Record<string, string>>) => Promise<Result<void, KubernetesFailure>>;
}

/** An APIService as it was read. */
export interface ApiServiceObject {
  readonly name: string;
  /** `{namespace}/{name}` of its Service; empty for none. */
  readonly service: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** PEM; empty for none. */
  readonly caBundle: string;
  /** Writes another bundle, and has it verified; a `conflict` when the APIService is not as it was read. */
  readonly replaceBundle: (pem: string) => Promise<Result<void, KubernetesFailure>>;
}

/** APIServices as they were read, and why others were not. */
export interface ApiServiceObjects {
  readonly found: readonly ApiServiceObject[];
  readonly unread: readonly { readonly name: string; readonly detail: string }[];
}

/** Where certificates and the trust in them are kept in the cluster. */
export interface CertificateObjects {
  readonly readSecret: () => Promise<Result<SecretObject, KubernetesFailure>>;
  /** Those that exist; apart from them those that could not be read, of which nobody knows whom they trust. */
  readonly readApiServices: () => Promise<ApiServiceObjects>;
}

/** Which objects these are. */
export interface CertificateObjectsOptions {
  readonly client: KubernetesClient;
  readonly secret: { readonly namespace: string; readonly name: string };
  /** Names of APIServices, such as `v1beta2.custom.metrics.k8s.io`. */
  readonly apiServices: readonly string[];
}

const timeoutMs = 10_000;

/** Opens them. Rights needed: get and update on the Secret, get and patch on the APIServices. */
export function createCertificateObjects({
  client,
  secret: { namespace, name },
  apiServices,
}: CertificateObjectsOptions): CertificateObjects {
  const secretPath = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  async function readApiService(wanted: string): Promise<ApiServiceObjects> {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${wanted}`;
    const answer = await client.request({ method: "GET", path, timeoutMs });
    if (answer.ok) return { found: [apiServiceOf(client, path, wanted, answer.value.body)], unread: [] };
    const { kind, detail } = answer.error;
    return { found: [], unread: kind === "notFound" ? [] : [{ name: wanted, detail }] };
  }
  return {
    readSecret: async () => {
      const answer = await client.request({ method: "GET", path: secretPath, timeoutMs });
      return answer.ok ? ok(secretOf(client, secretPath, answer.value)) : answer;
    },
    readApiServices: async () => {
      const answers = await Promise.all(apiServices.map(readApiService));
      return { found: answers.flatMap(({ found }) => found), unread: answers.flatMap(({ unread }) => unread) };
    },
  };
}

function secretOf(client: KubernetesClient, path: string, { body: raw, dateMs }: KubernetesAnswer): SecretObject {
  const encoded = Object.entries(asTextMap(at(raw, "data")));
  return {
    data: Object.fromEntries(encoded.map(([key, text]) => [key, Buffer.from(text, "base64").toString("utf8")])),
    annotations: asTextMap(at(raw, "metadata", "annotations")),
    ...(dateMs === undefined ? {} : { readAtMs: dateMs }),
    replace: async (data) => {
      const next = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)]));
      // The resource version is among what was read: the write is refused when somebody else has written since.
      const body = { ...(isRecord(raw) ? raw : {}), data: { ...demandedOf(raw), ...next } };
      return written(await client.request({ method: "PUT", path, body, timeoutMs }));
    },
  };
}

/** Kubernetes refuses a Secret of type kubernetes.io/tls, as cert-manager makes them, without these two; they may be empty. */
function demandedOf(secret: unknown): Readonly<Record<string, string>> {
  return at(secret, "type") === "kubernetes.io/tls" ? { "tls.crt": "", "tls.key": "" } : {};
}

function apiServiceOf(client: KubernetesClient, path: string, name: string, raw: unknown): ApiServiceObject {
  const service = at(raw, "spec", "service");
  return {
    name,
    service: isRecord(service) ? `${asText(at(service, "namespace"))}/${asText(at(service, "name"))}` : "",
    annotations: asTextMap(at(raw, "metadata", "annotations")),
    caBundle: Buffer.from(asText(at(raw, "spec", "caBundle")), "base64").toString("utf8"),
    replaceBundle: async (pem) => {
      const body = {
        metadata: { resourceVersion: asText(at(raw, "metadata", "resourceVersion")) },
        // Both together are refused.
        spec: { caBundle: base64(pem), insecureSkipTLSVerify: null },
      };
      return written(await client.request({ method: "PATCH", path, body, timeoutMs }));
    },
  };
}

function written(answer: Result<unknown, KubernetesFailure>): Result<void, KubernetesFailure> {
  return answer.ok ? ok(undefined) : answer;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
