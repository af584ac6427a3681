import { idleLoad, type Load, memberLoad, mergePoolLoad, type PoolLoad } from "./load.ts";
import type { Machine, MachineSpec } from "./machine.ts";

/** Which loads were set, of VMs and of pools. */
export interface LoadBook {
  /** Changes parts of one VM's load. */
  readonly set: (namespace: string, name: string, load: Partial<Load>) => void;
  /** Changes parts of the load of a pool or replica set. */
  readonly setPool: (namespace: string, pool: string, load: PoolLoad) => void;
  /** Forgets one VM's own load. */
  readonly forget: (namespace: string, name: string) => void;
  /** Counts the members of each pool that run and are not paused, and answers the load of a VM with these: its own above its pool's. */
  readonly reader: (machines: Iterable<Machine>) => (spec: MachineSpec) => Load;
}

/** Makes a book in which every VM is idle. */
export function createLoadBook(): LoadBook {
  const own = new Map<string, Partial<Load>>();
  const pools = new Map<string, PoolLoad>();
  return {
    set: (namespace, name, load) => {
      own.set(keyOf({ namespace, name }), { ...own.get(keyOf({ namespace, name })), ...load });
    },
    setPool: (namespace, pool, load) => {
      const key = groupKey({ namespace, name: pool, group: pool });
      pools.set(key, mergePoolLoad(pools.get(key) ?? {}, load));
    },
    forget: (namespace, name) => own.delete(keyOf({ namespace, name })),
    reader: (machines) => {
      const running = countRunning(machines);
      return (spec) => {
        const shared = memberLoad(pools.get(groupKey(spec)) ?? {}, running.get(groupKey(spec)) ?? 0);
        return { ...idleLoad, ...shared, ...own.get(keyOf(spec)) };
      };
    },
  };
}

/** Identifies a VM. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Identifies the pool that a VM is of; a VM that is in none is a group of its own. */
export function groupKey({ namespace, name, group }: Pick<MachineSpec, "namespace" | "name" | "group">): string {
  return group === undefined ? `vm:${namespace}/${name}` : `group:${namespace}/${group}`;
}

function countRunning(machines: Iterable<Machine>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { instance, spec } of machines) {
    const works = instance?.phase === "Running" && instance.pausedAtMs === undefined;
    if (works) counts.set(groupKey(spec), (counts.get(groupKey(spec)) ?? 0) + 1);
  }
  return counts;
}
