import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Inventory, ObjectMeta, ObjectStore } from "../vm/objects.ts";
import type { Clock } from "./clock.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asText, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { projectLauncherPod, projectMeta, projectVirtualMachineInstance } from "./projections.ts";
import { createReflector, type Reflector, type ReflectorOptions, type ReflectorState } from "./reflector.ts";

/** What the inventory is made with. */
export interface InventoryOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Called when the state of a kind has become another, for the log. */
  readonly onState?: (kind: KindState) => void;
  readonly timing?: ReflectorOptions<ObjectMeta>["timing"];
}

/** How well one kind of object is known. */
export interface KindState {
  readonly resource: GroupResource;
  readonly state: ReflectorState["kind"];
  /** Whether objects of this kind can be relied on; after contact was lost they can for some time. */
  readonly known: boolean;
  /** What is wrong and what to do, for a person; empty when nothing is. */
  readonly detail: string;
  /** How many objects are held. */
  readonly objects: number;
}

/** The virtual machines of a cluster and what runs them, kept in sync. */
export interface ClusterInventory {
  readonly inventory: Inventory;
  /** One entry for each kind that is watched. */
  readonly kinds: () => readonly KindState[];
  /** Whether each kind has been listed once or could not be: from then on waiting does not help. */
  readonly firstListsDone: () => boolean;
  /** Keeps in sync until `signal` is aborted, then resolves. To be called once. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

interface Kind {
  readonly resource: GroupResource;
  /** Such as `KubeVirt's VirtualMachineInstance`. */
  readonly title: string;
}

/** Makes an inventory that has not started. */
export function createInventory({ client, clock, onState, timing = {} }: InventoryOptions): ClusterInventory {
  const kinds: { readonly state: () => KindState; readonly start: Reflector<ObjectMeta>["start"] }[] = [];

  function watchKind<T extends ObjectMeta>(
    kind: Kind,
    how: Pick<ReflectorOptions<T>, "locate" | "query" | "metadataOnly" | "project">,
  ): ObjectStore<T> {
    let told: ReflectorState["kind"] = "pending";
    const reflector = createReflector<T>({
      ...how,
      client,
      clock,
      timing,
      onChange: () => {
        if (told === reflector.state().kind) return;
        told = reflector.state().kind;
        onState?.(stateOf(kind, reflector));
      },
    });
    kinds.push({ state: () => stateOf(kind, reflector), start: reflector.start });
    return {
      state: () => (reflector.known() ? { known: true } : { known: false, detail: describe(kind, reflector.state()) }),
      get: reflector.get,
      list: reflector.list,
    };
  }

  const inventory: Inventory = {
    virtualMachineInstances: watchKind(
      {
        resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
        title: "KubeVirt's VirtualMachineInstance",
      },
      { locate: fixed("/apis/kubevirt.io/v1/virtualmachineinstances"), project: projectVirtualMachineInstance },
    ),
    virtualMachines: watchKind(
      { resource: { group: "kubevirt.io", resource: "virtualmachines" }, title: "KubeVirt's VirtualMachine" },
      { locate: fixed("/apis/kubevirt.io/v1/virtualmachines"), metadataOnly: true, project: projectMeta },
    ),
    virtualMachinePools: watchKind(
      {
        resource: { group: "pool.kubevirt.io", resource: "virtualmachinepools" },
        title: "KubeVirt's VirtualMachinePool",
      },
      { locate: (signal) => findPools(client, signal), metadataOnly: true, project: projectMeta },
    ),
    launcherPods: watchKind(
      { resource: { group: "", resource: "pods" }, title: "Pod" },
      {
        locate: fixed("/api/v1/pods"),
        query: { labelSelector: "kubevirt.io=virt-launcher" },
        project: projectLauncherPod,
      },
    ),
  };

  return {
    inventory,
    kinds: () => kinds.map(({ state }) => state()),
    firstListsDone: () => kinds.every(({ state }) => state().state !== "pending"),
    start: async (signal) => {
      await Promise.all(kinds.map(async ({ start }) => start(signal)));
    },
  };
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

function stateOf(kind: Kind, reflector: Reflector<ObjectMeta>): KindState {
  const state = reflector.state();
  const [known, objects] = [reflector.known(), reflector.size()];
  return { resource: kind.resource, state: state.kind, known, detail: describe(kind, state), objects };
}

function describe({ resource, title }: Kind, state: ReflectorState): string {
  const what = `Cannot list ${JSON.stringify(formatGroupResource(resource))}`;
  switch (state.kind) {
    case "synced":
      return "";
    case "pending":
      return `${what}: the first answer of the Kubernetes API has not come yet`;
    case "absent":
      return `${title} is not installed in this cluster`;
    case "failing":
      return state.failure.kind === "forbidden"
        ? `${what}: forbidden; allow the adapter's ServiceAccount the verbs list and watch on it in a ClusterRole`
        : `${what}: ${state.failure.detail}`;
  }
}
