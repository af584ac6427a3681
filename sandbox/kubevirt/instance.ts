import { accumulate, type Load, noTotals, type Totals } from "./load.ts";

/** A virt-launcher pod with the QEMU process in it. */
export interface Launcher {
  /** `virt-launcher-web-0-x7k2q`. */
  readonly podName: string;
  /** Absent while no node has room for it. */
  readonly node?: string;
  /** When its pod came to be, in milliseconds. */
  readonly createdAtMs: number;
  /** When the guest began to run in it; absent before. */
  readonly runsSinceMs?: number;
  /** How and when it ended; absent while it is in use. */
  readonly ended?: { readonly atMs: number; readonly phase: "Succeeded" | "Failed" };
  /** The uid of the migration that this pod is the target of. */
  readonly migrationUid?: string;
  readonly totals: Totals;
}

/** A live migration of a VM; the newest one stays known when it is over. */
export interface Migration {
  readonly uid: string;
  readonly name: string;
  readonly startedAtMs: number;
  /** When the guest is switched over, or the migration gives up. */
  readonly endsAtMs: number;
  readonly sourcePod: string;
  readonly sourceNode: string;
  readonly targetPod: string;
  readonly targetNode: string;
  /** Whether it will have failed at its end. */
  readonly fails: boolean;
  /** Absent while it runs. */
  readonly outcome?: "succeeded" | "failed";
}

/** One run of a VM: a VirtualMachineInstance. Each start makes a new one. */
export interface Instance {
  /** Counts the starts of the VM, from 1. */
  readonly start: number;
  readonly createdAtMs: number;
  readonly phase: "Scheduling" | "Scheduled" | "Running";
  /** Each phase with its beginning, oldest first. */
  readonly transitions: readonly { readonly phase: string; readonly atMs: number }[];
  /** Pods of this run, oldest first. */
  readonly launchers: readonly Launcher[];
  /** The pod that runs the guest now, or will. */
  readonly activePod: string;
  /** All migrations of this run, oldest first. */
  readonly migrations: readonly Migration[];
  /** Since when the guest is paused; absent when it is not. */
  readonly pausedAtMs?: number;
  /** Whether QEMU does not answer: the objects are there, the domain series are not. */
  readonly hung: boolean;
}

/** A new instance, which waits for a node. */
export function createInstance(start: number, podName: string, atMs: number): Instance {
  return {
    start,
    createdAtMs: atMs,
    phase: "Scheduling",
    transitions: [{ phase: "Scheduling", atMs }],
    launchers: [{ podName, createdAtMs: atMs, totals: noTotals }],
    activePod: podName,
    migrations: [],
    hung: false,
  };
}

/** The pod that runs the guest now, or will. */
export function activeLauncher({ launchers, activePod }: Instance): Launcher {
  const found = launchers.find(({ podName }) => podName === activePod);
  if (found === undefined) throw new Error(`Cannot find pod "${activePod}": it is none of its instance's pods`);
  return found;
}

/** The migration that goes on now. */
export function runningMigration({ migrations }: Instance): Migration | undefined {
  return migrations.find(({ outcome }) => outcome === undefined);
}

/** Gives a waiting instance its node; boot begins. */
export function place(instance: Instance, node: string, atMs: number): Instance {
  return withLauncher(instance, instance.activePod, (launcher) => ({ ...launcher, node, createdAtMs: atMs }));
}

/** When the instance next changes by itself; undefined when it does not. */
export function nextChangeMs(instance: Instance, bootMs: number): number | undefined {
  const { node, createdAtMs } = activeLauncher(instance);
  if (instance.phase === "Running") return runningMigration(instance)?.endsAtMs;
  if (node === undefined) return undefined;
  return createdAtMs + (instance.phase === "Scheduling" ? bootMs / 2 : bootMs);
}

/** The instance after the change that is due at `atMs`. */
export function change(instance: Instance, atMs: number): Instance {
  switch (instance.phase) {
    case "Scheduling":
      return enter(instance, "Scheduled", atMs);
    case "Scheduled":
      return withLauncher(enter(instance, "Running", atMs), instance.activePod, (launcher) => ({
        ...launcher,
        runsSinceMs: atMs,
      }));
    case "Running":
      return endMigration(instance, atMs);
  }
}

/** Begins a migration: its target pod is there, the guest goes on in the source pod. */
export function startMigration(instance: Instance, migration: Migration): Instance {
  const target: Launcher = {
    podName: migration.targetPod,
    node: migration.targetNode,
    createdAtMs: migration.startedAtMs,
    migrationUid: migration.uid,
    totals: noTotals,
  };
  return {
    ...instance,
    launchers: [...instance.launchers, target],
    migrations: [...instance.migrations, migration],
  };
}

/** The instance after its guest ran on under a load; a paused one, or one that has not booted, counts nothing. */
export function run(instance: Instance, load: Load, seconds: number): Instance {
  if (instance.phase !== "Running" || instance.pausedAtMs !== undefined) return instance;
  return withLauncher(instance, instance.activePod, (launcher) => ({
    ...launcher,
    totals: accumulate(launcher.totals, load, seconds),
  }));
}

/** At the switch-over a new QEMU takes the guest, with counters that begin at 0; after a failure the source keeps it. */
function endMigration(instance: Instance, atMs: number): Instance {
  const migration = runningMigration(instance);
  if (migration === undefined) return instance;
  const { sourcePod, targetPod, fails } = migration;
  const ending = fails ? targetPod : sourcePod;
  const ended = withLauncher(instance, ending, (launcher) => ({
    ...launcher,
    ended: { atMs, phase: fails ? "Failed" : "Succeeded" },
  }));
  const outcome = fails ? "failed" : "succeeded";
  const migrations = ended.migrations.map((each) =>
    each.uid === migration.uid ? ({ ...each, outcome } as const) : each,
  );
  if (fails) return { ...ended, migrations };
  const switched = withLauncher(ended, targetPod, (launcher) => ({ ...launcher, runsSinceMs: atMs }));
  return { ...switched, activePod: targetPod, migrations };
}

function enter(instance: Instance, phase: Instance["phase"], atMs: number): Instance {
  return { ...instance, phase, transitions: [...instance.transitions, { phase, atMs }] };
}

function withLauncher(instance: Instance, podName: string, next: (launcher: Launcher) => Launcher): Instance {
  const launchers = instance.launchers.map((launcher) => (launcher.podName === podName ? next(launcher) : launcher));
  return { ...instance, launchers };
}
