import { createHash } from "node:crypto";
import { activeLauncher, type Instance, type Launcher, runningMigration } from "./instance.ts";
import type { Load } from "./load.ts";

/** What a VM is, apart from whether it runs. */
export interface MachineSpec {
  readonly namespace: string;
  readonly name: string;
  /** Members of a replica set are instances without a VirtualMachine: they have no `kubevirt_vm_*` series. */
  readonly kind: "VirtualMachine" | "VirtualMachineInstance";
  /** The pool or replica set that it is of, and whose load it shares. */
  readonly group?: string;
  /** Labels of the VirtualMachine; absent fields of a replica set's member are not missed. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the template: those of its VirtualMachineInstance and pods. */
  readonly instanceLabels: Readonly<Record<string, string>>;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly interfaces: readonly string[];
  readonly disks: readonly string[];
  /** Whether a guest agent reports file systems, load and the operating system. */
  readonly guestAgent: boolean;
  readonly limits?: { readonly cores: number; readonly memoryBytes: number };
}

/** A VM at one instant. Owned by the fleet, which replaces it whenever time has passed. */
export interface Machine {
  readonly spec: MachineSpec;
  readonly createdAtMs: number;
  /** Absent while it is stopped. */
  readonly instance?: Instance;
  /** Since when it is stopped; absent while it has an instance. */
  readonly stoppedAtMs?: number;
  /** How often it was started. */
  readonly starts: number;
  /** What the guest does when it runs. */
  readonly load: Load;
  /** Kernel panics of its guests, in all. */
  readonly panics: number;
}

/** What the API prints as the status of a VM (KubeVirt, VirtualMachinePrintableStatus) and since when. */
export interface MachineStatus {
  readonly printable: "Stopped" | "Starting" | "ErrorUnschedulable" | "Running" | "Paused" | "Migrating";
  readonly sinceMs: number;
}

/** The status of a VM now. */
export function statusOf({ instance, stoppedAtMs, createdAtMs }: Machine): MachineStatus {
  if (instance === undefined) return { printable: "Stopped", sinceMs: stoppedAtMs ?? createdAtMs };
  const sinceMs = instance.transitions.at(-1)?.atMs ?? instance.createdAtMs;
  if (activeLauncher(instance).node === undefined) return { printable: "ErrorUnschedulable", sinceMs };
  if (instance.phase !== "Running") return { printable: "Starting", sinceMs: instance.createdAtMs };
  if (instance.pausedAtMs !== undefined) return { printable: "Paused", sinceMs: instance.pausedAtMs };
  const migration = runningMigration(instance);
  return migration === undefined
    ? { printable: "Running", sinceMs }
    : { printable: "Migrating", sinceMs: migration.startedAtMs };
}

/** The node that runs the guest, once virt-launcher runs there; absent before. */
export function nodeOf(instance: Instance): string | undefined {
  return instance.phase === "Scheduling" ? undefined : activeLauncher(instance).node;
}

/**
 * The labels of a VirtualMachineInstance as the virt-handler of a launcher's node saw them last. KubeVirt moves
 * `kubevirt.io/nodeName` at the switch-over and leaves `migrationTargetNodeName` behind.
 */
export function instanceLabels({ spec }: Machine, instance: Instance, launcher: Launcher): Record<string, string> {
  const target = instance.migrations.at(-1)?.targetNode;
  const node = instance.phase === "Scheduling" ? undefined : launcher.node;
  return {
    ...spec.instanceLabels,
    ...(node === undefined ? {} : { "kubevirt.io/nodeName": node }),
    ...(target === undefined ? {} : { "kubevirt.io/migrationTargetNodeName": target }),
  };
}

/** What virt-controller adds to an instance's labels on its pods. */
export function launcherLabels(name: string, instanceUid: string, { migrationUid }: Launcher): Record<string, string> {
  return {
    "kubevirt.io": "virt-launcher",
    "kubevirt.io/created-by": instanceUid,
    "vm.kubevirt.io/name": (name.split(".")[0] ?? name).slice(0, 63),
    "vmi.kubevirt.io/id": name.length <= 63 ? name : `${name.slice(0, 54)}-${sha1(name).slice(0, 8)}`,
    ...(migrationUid === undefined ? {} : { "kubevirt.io/migrationJobUID": migrationUid }),
  };
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
