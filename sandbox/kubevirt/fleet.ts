import {
  activeLauncher,
  change,
  createInstance,
  type Instance,
  type Migration,
  nextChangeMs,
  place,
  run,
  runningMigration,
  startMigration,
} from "./instance.ts";
import { idleLoad, type Load, type PoolLoad } from "./load.ts";
import { createLoadBook, groupKey, keyOf } from "./load-book.ts";
import type { Machine, MachineSpec } from "./machine.ts";

/** What a fleet stands on. */
export interface FleetOptions {
  /** The fleet's only clock: state is worked out when it is asked for. Milliseconds, never going back. */
  readonly nowMs: () => number;
  readonly nodes: readonly string[];
  /** From the node's choice until the guest runs. Default 2,000. */
  readonly bootMs?: number;
  /** From a migration's start to its switch-over. Default 10,000. */
  readonly migrationMs?: number;
  /** Makes the five characters at the end of pod names, a new word each time. */
  readonly suffix: () => string;
}

/** How a migration goes. */
export interface MigrationPlan {
  /** Default: the next open node in order. */
  readonly targetNode?: string;
  /** Default: the fleet's. */
  readonly migrationMs?: number;
  /** Whether the guest stays where it was in the end. Default false. */
  readonly fails?: boolean;
}

/** Simulated VMs. Verbs on a VM that is not there, or not in the state for them, throw: the caller is a test. */
export interface Fleet {
  readonly nodes: readonly string[];
  /** Adds a stopped VM, or changes what a known one is. */
  readonly define: (spec: MachineSpec) => void;
  readonly remove: (namespace: string, name: string) => void;
  /** Makes a new instance unless there is one. */
  readonly start: (namespace: string, name: string) => void;
  readonly stop: (namespace: string, name: string) => void;
  /** Ends the instance and makes a new one: new pod, counters from 0. */
  readonly restart: (namespace: string, name: string) => void;
  readonly pause: (namespace: string, name: string) => void;
  /** The guest goes on, QEMU does not answer: no domain series. */
  readonly hang: (namespace: string, name: string) => void;
  /** Ends a pause and a hang. */
  readonly resume: (namespace: string, name: string) => void;
  /** The guest's kernel panics, once. */
  readonly panic: (namespace: string, name: string) => void;
  readonly migrate: (namespace: string, name: string, plan?: MigrationPlan) => Migration;
  /** Changes parts of one VM's load; they stand above those of its pool. */
  readonly setLoad: (namespace: string, name: string, load: Partial<Load>) => void;
  /** Changes parts of the load of a pool or replica set, whose members may come later. */
  readonly setPoolLoad: (namespace: string, pool: string, load: PoolLoad) => void;
  /** Whether nodes take a VM, or the members of a pool; what runs already stays. */
  readonly setSchedulable: (namespace: string, name: string, schedulable: boolean) => void;
  /** Most instances that the nodes take together; undefined for no limit. */
  readonly setCapacity: (machines: number | undefined) => void;
  /** Closes a node for whatever comes after, new VMs and targets of migrations; what runs there stays. */
  readonly cordon: (node: string) => void;
  /** All VMs as they are now, ordered by namespace and name. */
  readonly machines: () => readonly Machine[];
  readonly find: (namespace: string, name: string) => Machine | undefined;
  /** VMs ever defined, by namespace. */
  readonly createdByNamespace: () => ReadonlyMap<string, number>;
}

/** Makes a fleet without VMs. */
export function createFleet(options: FleetOptions): Fleet {
  const { nowMs, nodes, suffix, bootMs = 2_000, migrationMs = 10_000 } = options;
  const machines = new Map<string, Machine>();
  const loads = createLoadBook();
  const unschedulable = new Set<string>();
  const cordoned = new Set<string>();
  const created = new Map<string, number>();
  let capacity: number | undefined;
  let reachedMs = nowMs();

  /** Brings every VM to the present: up to each change that is due with the load until then, then through it. */
  function advance(): number {
    const presentMs = Math.max(reachedMs, nowMs());
    for (;;) {
      placeWaiting();
      const dueMs = Math.min(...[...machines.values()].map((machine) => dueOf(machine)));
      const nextMs = Math.min(dueMs, presentMs);
      spend(nextMs);
      if (dueMs > presentMs) return presentMs;
      for (const machine of machines.values()) {
        if (machine.instance !== undefined && dueOf(machine) <= dueMs) renew(machine, change(machine.instance, dueMs));
      }
    }
  }

  function dueOf({ instance }: Machine): number {
    return (instance === undefined ? undefined : nextChangeMs(instance, bootMs)) ?? Infinity;
  }

  function spend(untilMs: number): void {
    const seconds = (untilMs - reachedMs) / 1000;
    reachedMs = untilMs;
    if (seconds === 0) return;
    const loadOf = loads.reader(machines.values());
    for (const machine of machines.values()) {
      if (machine.instance !== undefined) renew(machine, run(machine.instance, loadOf(machine.spec), seconds));
    }
  }

  function placeWaiting(): void {
    let placed = [...machines.values()].filter(({ instance }) => instance !== undefined && isPlaced(instance)).length;
    for (const machine of machines.values()) {
      const { instance, spec } = machine;
      if (instance === undefined || isPlaced(instance) || !isSchedulable(spec)) continue;
      const node = nodeFrom(placed);
      if (node === undefined || (capacity !== undefined && placed >= capacity)) return;
      renew(machine, place(instance, node, reachedMs));
      placed += 1;
    }
  }

  function isSchedulable(spec: MachineSpec): boolean {
    return !unschedulable.has(keyOf(spec)) && !unschedulable.has(groupKey(spec));
  }

  /** The first open node from a place in the order of all nodes on; undefined when all are cordoned. */
  function nodeFrom(index: number): string | undefined {
    const start = index % nodes.length;
    return [...nodes.slice(start), ...nodes.slice(0, start)].find((node) => !cordoned.has(node));
  }

  function renew(machine: Machine, instance: Instance): void {
    machines.set(keyOf(machine.spec), { ...machine, instance });
  }

  function known(namespace: string, name: string): Machine {
    const machine = machines.get(`${namespace}/${name}`);
    if (machine === undefined)
      throw new Error(`Cannot find VM "${namespace}/${name}": the fleet has none of this name`);
    return machine;
  }

  function runningOne(namespace: string, name: string): { readonly machine: Machine; readonly instance: Instance } {
    const machine = known(namespace, name);
    if (machine.instance?.phase !== "Running") {
      throw new Error(
        `Cannot act on VM "${namespace}/${name}": it is ${machine.instance?.phase ?? "stopped"}, not Running`,
      );
    }
    return { machine, instance: machine.instance };
  }

  function begin({ stoppedAtMs: _stopped, ...machine }: Machine, atMs: number): void {
    const starts = machine.starts + 1;
    const podName = `virt-launcher-${machine.spec.name}-${suffix()}`;
    machines.set(keyOf(machine.spec), { ...machine, starts, instance: createInstance(starts, podName, atMs) });
    advance();
  }

  function end({ instance: _ended, ...machine }: Machine, atMs: number): Machine {
    const stopped = { ...machine, stoppedAtMs: atMs };
    machines.set(keyOf(machine.spec), stopped);
    return stopped;
  }

  function define(spec: MachineSpec): void {
    const createdAtMs = advance();
    const before = machines.get(keyOf(spec));
    if (before === undefined) created.set(spec.namespace, (created.get(spec.namespace) ?? 0) + 1);
    machines.set(keyOf(spec), before === undefined ? newMachine(spec, createdAtMs) : { ...before, spec });
  }

  function migrate(namespace: string, name: string, plan: MigrationPlan = {}): Migration {
    const startedAtMs = advance();
    const { machine, instance } = runningOne(namespace, name);
    if (runningMigration(instance) !== undefined)
      throw new Error(`Cannot migrate VM "${namespace}/${name}": it migrates already`);
    const { podName: sourcePod, node: sourceNode = "" } = activeLauncher(instance);
    const targetNode = plan.targetNode ?? nodeFrom(nodes.indexOf(sourceNode) + 1);
    if (targetNode === undefined) throw new Error(`Cannot migrate VM "${namespace}/${name}": no node takes it`);
    const word = suffix();
    const migration: Migration = {
      uid: `migration-${word}`,
      name: `kubevirt-evacuation-${word}`,
      startedAtMs,
      endsAtMs: startedAtMs + (plan.migrationMs ?? migrationMs),
      sourcePod,
      sourceNode,
      targetPod: `virt-launcher-${name}-${suffix()}`,
      targetNode,
      fails: plan.fails ?? false,
    };
    renew(machine, startMigration(instance, migration));
    return migration;
  }

  return {
    nodes,
    define,
    remove: (namespace, name) => {
      advance();
      machines.delete(`${namespace}/${name}`);
      loads.forget(namespace, name);
    },
    start: (namespace, name) => {
      const atMs = advance();
      if (known(namespace, name).instance === undefined) begin(known(namespace, name), atMs);
    },
    stop: (namespace, name) => {
      const atMs = advance();
      if (known(namespace, name).instance !== undefined) end(known(namespace, name), atMs);
    },
    restart: (namespace, name) => {
      const atMs = advance();
      begin(end(known(namespace, name), atMs), atMs);
    },
    pause: (namespace, name) => {
      const pausedAtMs = advance();
      const { machine, instance } = runningOne(namespace, name);
      renew(machine, { ...instance, pausedAtMs });
    },
    hang: (namespace, name) => {
      advance();
      const { machine, instance } = runningOne(namespace, name);
      renew(machine, { ...instance, hung: true });
    },
    resume: (namespace, name) => {
      advance();
      const { machine, instance } = runningOne(namespace, name);
      const { pausedAtMs: _paused, ...awake } = instance;
      renew(machine, { ...awake, hung: false });
    },
    panic: (namespace, name) => {
      advance();
      const { machine } = runningOne(namespace, name);
      machines.set(keyOf(machine.spec), { ...machine, panics: machine.panics + 1 });
    },
    migrate,
    setLoad: (namespace, name, load) => {
      advance();
      loads.set(namespace, name, load);
    },
    setPoolLoad: (namespace, pool, load) => {
      advance();
      loads.setPool(namespace, pool, load);
    },
    setSchedulable: (namespace, name, schedulable) => {
      advance();
      for (const key of [`${namespace}/${name}`, groupKey({ namespace, name, group: name })]) {
        if (schedulable) unschedulable.delete(key);
        else unschedulable.add(key);
      }
    },
    setCapacity: (limit) => {
      advance();
      capacity = limit;
    },
    cordon: (node) => {
      advance();
      if (!nodes.includes(node)) throw new Error(`Cannot find node "${node}": the fleet has none of this name`);
      cordoned.add(node);
    },
    machines: () => {
      advance();
      const loadOf = loads.reader(machines.values());
      return [...machines.values()]
        .toSorted((a, b) => (keyOf(a.spec) < keyOf(b.spec) ? -1 : 1))
        .map((machine) => ({ ...machine, load: loadOf(machine.spec) }));
    },
    find: (namespace, name) => {
      advance();
      const machine = machines.get(`${namespace}/${name}`);
      return machine === undefined ? undefined : { ...machine, load: loads.reader(machines.values())(machine.spec) };
    },
    createdByNamespace: () => created,
  };
}

function newMachine(spec: MachineSpec, createdAtMs: number): Machine {
  return { spec, createdAtMs, stoppedAtMs: createdAtMs, starts: 0, load: idleLoad, panics: 0 };
}

function isPlaced(instance: Instance): boolean {
  return activeLauncher(instance).node !== undefined;
}
