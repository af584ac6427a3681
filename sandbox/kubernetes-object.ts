/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Who owns an object (Kubernetes API, `metadata.ownerReferences`). */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The part of `metadata` that the sandbox reads or writes; a server's further fields are carried along. */
interface ObjectMetadata {
  readonly name: string;
  readonly generateName?: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  /** Given by the server. */
  readonly uid?: string;
  /** Given by the server, new with each write. */
  readonly resourceVersion?: string;
  /** RFC 3339, given by the server. */
  readonly creationTimestamp?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly [field: string]: unknown;
}

/** A resource as URLs name it: group (empty for the core group), version and plural. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Which object or collection of a resource; without a namespace the cluster or all namespaces, without a name the collection. */
export interface Place {
  readonly namespace?: string;
  readonly name?: string;
  /** `status`, `binding`, `scale`. */
  readonly subresource?: string;
}

/** `pool.kubevirt.io/v1beta1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: ApiResource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `/apis/kubevirt.io/v1/namespaces/shop/virtualmachines/web-0/status`. */
export function pathOf(resource: ApiResource, { namespace, name, subresource }: Place = {}): string {
  const scope = namespace === undefined ? [] : ["namespaces", namespace];
  const rest = [...scope, resource.resource, name, subresource].filter((part) => part !== undefined);
  const root = resource.group === "" ? "/api" : "/apis";
  return `${root}/${apiVersionOf(resource)}/${rest.map(encodeURIComponent).join("/")}`;
}

/** The value below an object at a path of field names; undefined where the path ends early. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, field) => (isJsonObject(inner) ? inner[field] : undefined), value);
}

/** The text below an object at a path of field names; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = fieldAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** Whether a value is an object that is neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The owner that controls the object; absent when none does. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}
