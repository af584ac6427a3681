import type { Clock } from "../cluster/clock.ts";
import { type ClusterInventory, createInventory } from "../cluster/inventory.ts";
import type { KindName } from "../cluster/kind.ts";
import type { KubernetesClient } from "../cluster/kubernetes-client.ts";
import { formatGroupResource } from "../naming/group-resource.ts";
import type { WriteLog } from "./log.ts";

/** What objects are watched with. */
export interface WatchesDeps {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly log: WriteLog;
  /** Ends all watches. */
  readonly signal: AbortSignal;
}

/**
 * Watches kinds of objects, or all for undefined. Kinds that have been asked for together once are watched on, so that another
 * configuration finds them in sync.
 */
export function createWatches({ client, clock, log, signal }: WatchesDeps) {
  const inventories = new Map<string, ClusterInventory>();
  return (kinds: readonly KindName[] | undefined): ClusterInventory => {
    const key = kinds?.join() ?? "all";
    const watched = inventories.get(key);
    if (watched !== undefined) return watched;
    const inventory = createInventory({
      client,
      clock,
      ...(kinds === undefined ? {} : { kinds }),
      onState: ({ resource, state, detail }) =>
        log(state === "synced" ? "info" : "warning", "What is known of a kind of object has changed", {
          resource: formatGroupResource(resource),
          state,
          detail,
        }),
    });
    inventories.set(key, inventory);
    void inventory.start(signal);
    return inventory;
  };
}
