import type { KubernetesClient } from "../../sandbox/kubernetes-client.ts";
import { type ApiResource, type JsonObject, type KubernetesObject, pathOf } from "../../sandbox/kubernetes-object.ts";
import { oddValues } from "./world-series.ts";

/** The objects that series of the compared configurations speak of, and some that none speaks of. */
export interface WorldObject {
  readonly resource: ApiResource;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Fields beside metadata. */
  readonly rest?: JsonObject;
}

const nodes = core("nodes");
const namespaces = core("namespaces");
const pods = core("pods");
const services = core("services");
const volumes = core("persistentvolumes");
const claims = core("persistentvolumeclaims");
const deployments: ApiResource = { group: "apps", version: "v1", resource: "deployments" };
const ingresses: ApiResource = { group: "networking.k8s.io", version: "v1", resource: "ingresses" };
const storageClasses: ApiResource = { group: "storage.k8s.io", version: "v1", resource: "storageclasses" };
const definitions: ApiResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  resource: "customresourcedefinitions",
};
const machines: ApiResource = { group: "kubevirt.io", version: "v1", resource: "virtualmachineinstances" };
const brands: ApiResource = { group: "cheese.io", version: "v1", resource: "brands" };
const tenants: ApiResource = { group: "example.com", version: "v1beta1", resource: "tenants" };

/** Custom resources beside those of KubeVirt; `Tenant` belongs to the cluster. */
export const definitionsOfWorld: readonly WorldObject[] = [
  definition(brands, "Brand", "Namespaced"),
  definition(tenants, "Tenant", "Cluster"),
];

/** Everything else, in an order in which it can be made. */
export const objectsOfWorld: readonly WorldObject[] = [
  ...["node-a", "node-b"].map((name) => cluster(nodes, "Node", name, { zone: name.slice(-1) })),
  ...["shop", "bank", "empty"].map((name) => cluster(namespaces, "Namespace", name, { team: name })),
  pod("shop", "web-0", "web", "node-a"),
  pod("shop", "web-1", "web", "node-b"),
  // A dot stands for any character in the regular expression that several names make: "web.1" matches "web-1", too.
  pod("shop", "web.1", "web", "node-b"),
  pod("shop", "api-0", "api", "node-a"),
  pod("shop", "silent-0", "silent", "node-b"),
  pod("bank", "web-0", "web", "node-a"),
  pod("bank", "teller-0", "teller", "node-b"),
  ...[
    ["shop", "web"],
    ["shop", "api"],
    ["bank", "teller"],
  ].flatMap(([namespace = "", name = ""]) => [
    within(services, "Service", namespace, name, { spec: { ports: [{ port: 80 }] } }),
    within(deployments, "Deployment", namespace, name, { spec: deploymentSpec(name) }),
    within(ingresses, "Ingress", namespace, name, { spec: { defaultBackend: backend(name) } }),
    within(machines, "VirtualMachineInstance", namespace, `vm-${name}`, { spec: {} }),
  ]),
  ...Object.keys(oddValues).map((name) =>
    within(services, "Service", "shop", name, { spec: { ports: [{ port: 80 }] } }),
  ),
  within(claims, "PersistentVolumeClaim", "shop", "data-web-0", { spec: claimSpec() }),
  ...["pv-1", "pv-2"].map((name) => ({
    ...cluster(volumes, "PersistentVolume", name),
    rest: { spec: volumeSpec(name) },
  })),
  { ...cluster(storageClasses, "StorageClass", "fast"), rest: { provisioner: "example.com/none" } },
  within(brands, "Brand", "shop", "gouda", {}),
  within(brands, "Brand", "bank", "cheddar", {}),
  ...["acme", "zenith"].map((name) => cluster(tenants, "Tenant", name)),
];

/** Makes objects, those that are there already excepted. Rejects with what the API server said. */
export async function createObjects(client: KubernetesClient, objects: readonly WorldObject[]): Promise<void> {
  for (const { resource, kind, namespace, name, labels = {}, rest = {} } of objects) {
    const { group, version } = resource;
    const object: KubernetesObject = {
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind,
      metadata: { name, labels, ...(namespace === undefined ? {} : { namespace }) },
      ...rest,
    };
    const created = await client.create(pathOf(resource, namespace === undefined ? {} : { namespace }), object);
    if (!created.ok && created.error.code !== 409) throw new Error(`Cannot make "${name}": ${created.error.message}`);
  }
}

function core(resource: string): ApiResource {
  return { group: "", version: "v1", resource };
}

function cluster(
  resource: ApiResource,
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): WorldObject {
  return { resource, kind, name, labels };
}

function within(resource: ApiResource, kind: string, namespace: string, name: string, rest: JsonObject): WorldObject {
  return {
    resource,
    kind,
    namespace,
    name,
    labels: { app: name, tier: namespace === "shop" ? "front" : "back" },
    rest,
  };
}

function pod(namespace: string, name: string, app: string, nodeName: string): WorldObject {
  const spec = { nodeName, containers: [{ name: "app", image: "none" }] };
  return { ...within(pods, "Pod", namespace, name, { spec }), labels: { app } };
}

function definition(resource: ApiResource, kind: string, scope: "Namespaced" | "Cluster"): WorldObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const { group, version, resource: plural } = resource;
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const versions = [{ name: version, served: true, storage: true, schema }];
  const rest = { spec: { group, scope, names, versions } };
  return { ...cluster(definitions, "CustomResourceDefinition", `${plural}.${group}`), rest };
}

/** Without replicas: its controller would make pods with names that nobody knows. */
function deploymentSpec(app: string): JsonObject {
  const spec = { containers: [{ name: "app", image: "none" }] };
  return { replicas: 0, selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec } };
}

function backend(name: string): JsonObject {
  return { service: { name, port: { number: 80 } } };
}

function claimSpec(): JsonObject {
  return { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "1Gi" } } };
}

function volumeSpec(name: string): JsonObject {
  return { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: `/none/${name}` } };
}
