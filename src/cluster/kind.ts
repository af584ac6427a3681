import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Inventory, ObjectMeta, ObjectStore } from "../vm/objects.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asText, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { projectLauncherPod, projectMeta, projectVirtualMachineInstance } from "./projections.ts";
import type { ReflectorOptions, ReflectorState } from "./reflector.ts";

/** The kinds of object that an inventory can watch. */
export type KindName = {
  readonly [Key in keyof Inventory]: Inventory[Key] extends ObjectStore<ObjectMeta> ? Key : never;
}[keyof Inventory];

/** How objects of a kind are watched, and what a person calls them. */
export interface Kind<T extends ObjectMeta> extends Pick<
  ReflectorOptions<T>,
  "locate" | "query" | "metadataOnly" | "project"
> {
  readonly resource: GroupResource;
  /** Such as `KubeVirt's VirtualMachineInstance`. */
  readonly title: string;
}

/** Selects virt-launcher pods only, or all others, by the label that KubeVirt gives them (kubevirt.io/api, `AppLabel`). */
export const launcherSelector = { only: "kubevirt.io=virt-launcher", others: "kubevirt.io!=virt-launcher" };

/** What is kept of an object of a kind. */
export type ObjectOf<Name extends KindName> =
  Inventory[Name] extends ObjectStore<infer T extends ObjectMeta> ? T : never;

/** Every kind. */
export type Kinds = { readonly [Name in KindName]: Kind<ObjectOf<Name>> };

/** Tells how every kind is watched: as whole objects only where more than metadata decides something. */
export function kindsOf(client: KubernetesClient): Kinds {
  const metadata = { metadataOnly: true, project: projectMeta };
  return {
    virtualMachineInstances: {
      resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
      title: "KubeVirt's VirtualMachineInstance",
      locate: fixed("/apis/kubevirt.io/v1/virtualmachineinstances"),
      project: projectVirtualMachineInstance,
    },
    virtualMachines: {
      resource: { group: "kubevirt.io", resource: "virtualmachines" },
      title: "KubeVirt's VirtualMachine",
      locate: fixed("/apis/kubevirt.io/v1/virtualmachines"),
      ...metadata,
    },
    virtualMachinePools: {
      resource: { group: "pool.kubevirt.io", resource: "virtualmachinepools" },
      title: "KubeVirt's VirtualMachinePool",
      locate: async (signal) => findPools(client, signal),
      ...metadata,
    },
    virtualMachineInstanceReplicaSets: {
      resource: { group: "kubevirt.io", resource: "virtualmachineinstancereplicasets" },
      title: "KubeVirt's VirtualMachineInstanceReplicaSet",
      locate: fixed("/apis/kubevirt.io/v1/virtualmachineinstancereplicasets"),
      ...metadata,
    },
    launcherPods: {
      resource: { group: "", resource: "pods" },
      title: "Pod",
      locate: fixed("/api/v1/pods"),
      query: { labelSelector: launcherSelector.only },
      project: projectLauncherPod,
    },
    namespaces: {
      resource: { group: "", resource: "namespaces" },
      title: "Namespace",
      locate: fixed("/api/v1/namespaces"),
      ...metadata,
    },
    nodes: {
      resource: { group: "", resource: "nodes" },
      title: "Node",
      locate: fixed("/api/v1/nodes"),
      ...metadata,
    },
  };
}

/** Says what is wrong and what to do, for a person; empty when nothing is. */
export function describeState(
  { resource, title }: Pick<Kind<ObjectMeta>, "resource" | "title">,
  state: ReflectorState,
): string {
  switch (state.kind) {
    case "synced":
      return "";
    case "pending":
      return `${cannotList(resource)}: the first answer of the Kubernetes API has not come yet`;
    case "absent":
      return `${title} is not installed in this cluster`;
    case "failing":
      return describeFailure(resource, state.failure);
  }
}

/** Says why objects could not be listed and what to do, for a person. */
export function describeFailure(resource: GroupResource, { kind, detail }: KubernetesFailure): string {
  return kind === "forbidden"
    ? `${cannotList(resource)}: forbidden; allow the adapter's ServiceAccount the verbs list and watch on it in a ClusterRole`
    : `${cannotList(resource)}: ${detail}`;
}

function cannotList(resource: GroupResource): string {
  return `Cannot list ${JSON.stringify(formatGroupResource(resource))}`;
}

function fixed(path: string): () => Promise<Result<string, never>> {
  return async () => Promise.resolve(ok(path));
}

/** Pools are v1alpha1 or v1beta1, depending on the age of KubeVirt; their metadata are the same. */
async function findPools(client: KubernetesClient, signal: AbortSignal): Promise<Result<string, KubernetesFailure>> {
  const group = await client.request({ method: "GET", path: "/apis/pool.kubevirt.io", timeoutMs: 30_000, signal });
  if (!group.ok) return group;
  const version = asText(at(group.value.body, "preferredVersion", "version"));
  if (version === "") return fail({ kind: "other", detail: "the API group pool.kubevirt.io has no preferred version" });
  return ok(`/apis/pool.kubevirt.io/${version}/virtualmachinepools`);
}
