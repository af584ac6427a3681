import type { Result } from "../result.ts";

/** Why the Kubernetes API did not do what it was asked. */
export interface Refusal {
  /** `conflict`: somebody else has written in between. `forbidden`, `notFound`: as it says. */
  readonly kind: string;
  /** One line for the log. */
  readonly detail: string;
}

/** The Secret as it was read. */
export interface SharedSecret {
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What the Kubernetes API's clock said when it was read, in milliseconds since the Unix epoch; absent when it did not say. */
  readonly readAtMs?: number;
  /** Writes other data in its place; a `conflict` when it is not as it was read. */
  readonly replace: (data: Readonly<Record<string, string>>) => Promise<Result<void, Refusal>>;
}

/** An APIService as it was read. */
export interface Registration {
  readonly name: string;
  /** Where it sends requests: `{namespace}/{name}` of a Service; empty for none. */
  readonly service: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** PEM; empty for none. */
  readonly caBundle: string;
  /** Writes another bundle in its place, so that it is verified; a `conflict` when it is not as it was read. */
  readonly replaceBundle: (caBundle: string) => Promise<Result<void, Refusal>>;
}

/** The APIServices of some APIs that are registered, this server's or not. */
export interface Registrations {
  readonly found: readonly Registration[];
  /** Those that could not be read, though they may be registered: nobody knows whom they trust. */
  readonly unread: readonly { readonly name: string; readonly detail: string }[];
}

/** Annotations by which others ask to write the bundle: cert-manager's CA injector, OpenShift's service CA. */
const injectors = [
  "cert-manager.io/inject-ca-from",
  "cert-manager.io/inject-ca-from-secret",
  "cert-manager.io/inject-apiserver-ca",
  "service.beta.openshift.io/inject-cabundle",
  "service.alpha.openshift.io/inject-cabundle",
];

/** Who else writes the bundle of an APIService, as the annotation that says it; undefined when nobody does. */
export function injectorOf({ annotations }: Pick<Registration, "annotations">): string | undefined {
  return injectors.find((name) => (annotations[name] ?? "") !== "");
}
