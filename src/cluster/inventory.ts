import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import type { Inventory, ObjectMeta, ObjectStore } from "../vm/objects.ts";
import type { Clock } from "./clock.ts";
import { describeState, type Kind, type KindName, kindsOf, launcherSelector, type ObjectOf } from "./kind.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { createObjectLookup } from "./object-lookup.ts";
import { createReflector, type Reflector, type ReflectorOptions, type ReflectorState } from "./reflector.ts";
import { waitAtMost } from "./wait.ts";

/** What the inventory is made with. */
export interface InventoryOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** The kinds that are watched; default all. The others are not known. */
  readonly kinds?: readonly KindName[];
  /** Called when the state of a kind has become another, for the log. */
  readonly onState?: (kind: KindState) => void;
  /** How long `settled` waits for a first list, in milliseconds; default 5 seconds. */
  readonly settleMs?: number;
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

/** Makes an inventory that has not started. */
export function createInventory(options: InventoryOptions): ClusterInventory {
  const { client, clock, onState, settleMs = 5_000, timing = {} } = options;
  const kinds = kindsOf(client);
  const watched: { readonly state: () => KindState; readonly start: Reflector<ObjectMeta>["start"] }[] = [];
  const ending = new AbortController();

  function storeOf<Name extends KindName>(name: Name): ObjectStore<ObjectOf<Name>> {
    return options.kinds?.includes(name) === false ? unwatched(kinds[name]) : watch(kinds[name]);
  }

  function watch<T extends ObjectMeta>(kind: Kind<T>): ObjectStore<T> {
    const settled = Promise.withResolvers<void>();
    let told: ReflectorState["kind"] = "pending";
    const reflector = createReflector<T>({
      ...kind,
      client,
      clock,
      timing,
      onChange: () => {
        if (told === reflector.state().kind) return;
        told = reflector.state().kind;
        settled.resolve();
        onState?.(stateOf(kind, reflector));
      },
    });
    watched.push({ state: () => stateOf(kind, reflector), start: async (signal) => reflector.start(signal) });
    return {
      state: () => {
        return reflector.known() ? { known: true } : { known: false, detail: describeState(kind, reflector.state()) };
      },
      settled: async () => {
        if (reflector.state().kind === "pending") await waitAtMost(settled.promise, settleMs, clock);
      },
      get: reflector.get,
      list: reflector.list,
      listAll: reflector.listAll,
    };
  }

  const inventory: Inventory = {
    virtualMachineInstances: storeOf("virtualMachineInstances"),
    virtualMachines: storeOf("virtualMachines"),
    virtualMachinePools: storeOf("virtualMachinePools"),
    virtualMachineInstanceReplicaSets: storeOf("virtualMachineInstanceReplicaSets"),
    launcherPods: storeOf("launcherPods"),
    namespaces: storeOf("namespaces"),
    nodes: storeOf("nodes"),
    otherPods: createObjectLookup({
      client,
      clock,
      timing,
      apiPath: "/api/v1",
      resource: kinds.launcherPods.resource,
      query: { labelSelector: launcherSelector.others },
      signal: ending.signal,
    }),
  };

  return {
    inventory,
    kinds: () => watched.map(({ state }) => state()),
    firstListsDone: () => watched.every(({ state }) => state().state !== "pending"),
    start: async (signal) => {
      signal.addEventListener("abort", () => ending.abort(), { once: true });
      await Promise.all(watched.map(async ({ start }) => start(signal)));
    },
  };
}

/** A kind that nothing was to be known of; whoever asks for it all the same is told so. */
function unwatched<T extends ObjectMeta>({ resource }: Kind<T>): ObjectStore<T> {
  const what = JSON.stringify(formatGroupResource(resource));
  return {
    state: () => ({ known: false, detail: `Objects of ${what} are not watched: nothing that is served needs them` }),
    settled: async () => Promise.resolve(),
    get: () => undefined,
    list: () => [],
    listAll: () => [],
  };
}

function stateOf<T extends ObjectMeta>(kind: Kind<T>, reflector: Reflector<T>): KindState {
  const state = reflector.state();
  const [known, objects] = [reflector.known(), reflector.size()];
  return { resource: kind.resource, state: state.kind, known, detail: describeState(kind, state), objects };
}
