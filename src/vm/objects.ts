/** What the decisions about virtual machines need to know of Kubernetes and KubeVirt objects. */

export interface ObjectMeta {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The uid and name of the controlling owner; absent when there is none. */
  readonly ownerUid?: string;
  readonly ownerName?: string;
}

/** A VirtualMachineInstance (kubevirt.io/v1). */
export interface VirtualMachineInstance extends ObjectMeta {
  /** `Pending`, `Scheduling`, `Scheduled`, `Running`, `Succeeded`, `Failed`, `Unknown`; empty before the first status. */
  readonly phase: string;
  /** The node that runs the guest now; during a live migration the source until the switch-over. */
  readonly nodeName?: string;
  /** When this instance was created, in milliseconds since the Unix epoch: each start of a VM makes a new instance. */
  readonly createdAtMs: number;
  /** When its guest began to run, in milliseconds since the Unix epoch; absent before. */
  readonly runningSinceMs?: number;
}

/** A virt-launcher pod. */
export interface LauncherPod extends ObjectMeta {
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`. */
  readonly phase: string;
  readonly nodeName?: string;
}

/** Objects of one kind as they are known now. */
export interface ObjectStore<T extends ObjectMeta> {
  /** Whether the objects are known; otherwise why not, in words for a person. */
  readonly state: () => { readonly known: true } | { readonly known: false; readonly detail: string };
  readonly get: (namespace: string, name: string) => T | undefined;
  /** All objects of a namespace, ordered by name. */
  readonly list: (namespace: string) => readonly T[];
}

/** Everything that is known of virtual machines and what runs them. */
export interface Inventory {
  readonly virtualMachineInstances: ObjectStore<VirtualMachineInstance>;
  readonly virtualMachines: ObjectStore<ObjectMeta>;
  readonly virtualMachinePools: ObjectStore<ObjectMeta>;
  readonly launcherPods: ObjectStore<LauncherPod>;
}
