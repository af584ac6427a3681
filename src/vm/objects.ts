import type { Result } from "../result.ts";

/** What the decisions about virtual machines need to know of Kubernetes and KubeVirt objects. */

export interface ObjectMeta {
  /** Empty for a cluster-scoped object. */
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
  /** Its newest live migration, be it under way, over or failed; absent before the first. */
  readonly migration?: Migration;
}

/** Between which nodes a guest is or was to be moved; each is empty until it is known (`status.migrationState`). */
export interface Migration {
  readonly sourceNode: string;
  readonly targetNode: string;
  /** The name of the virt-launcher pod that was made to take the guest. */
  readonly targetPod: string;
  /** When it began, in milliseconds since the Unix epoch; absent before. */
  readonly startedAtMs?: number;
  /** When it was over, be it with success or not, in milliseconds since the Unix epoch; absent while it runs. */
  readonly endedAtMs?: number;
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
  /**
   * Resolves once the first list has come or could not be had, at the latest after some seconds: who asks then waits for
   * an answer that is on its way instead of failing at once. Never rejects; `state` tells what came of it.
   */
  readonly settled: () => Promise<void>;
  readonly get: (namespace: string, name: string) => T | undefined;
  /** All objects of a namespace, ordered by name. */
  readonly list: (namespace: string) => readonly T[];
  /** All objects of all namespaces, ordered by namespace and name; the same array until one of them changes. */
  readonly listAll: () => readonly T[];
}

/** Objects that are looked up when somebody asks for them, and not held otherwise. */
export interface ObjectLookup {
  /** Finds an object by name; undefined when there is none. Fails, in words for a person, when that cannot be known now. */
  readonly find: (
    namespace: string,
    name: string,
  ) => Promise<Result<ObjectMeta | undefined, { readonly detail: string }>>;
}

/** Everything that is known of virtual machines and what runs them. */
export interface Inventory {
  readonly virtualMachineInstances: ObjectStore<VirtualMachineInstance>;
  readonly virtualMachines: ObjectStore<ObjectMeta>;
  readonly virtualMachinePools: ObjectStore<ObjectMeta>;
  readonly virtualMachineInstanceReplicaSets: ObjectStore<ObjectMeta>;
  readonly launcherPods: ObjectStore<LauncherPod>;
  /** Cluster-scoped: kept under namespace `""`. */
  readonly namespaces: ObjectStore<ObjectMeta>;
  /** Cluster-scoped: kept under namespace `""`. */
  readonly nodes: ObjectStore<ObjectMeta>;
  /** Pods that are no virt-launchers. They have no figures; they only must not be taken for missing. */
  readonly otherPods: ObjectLookup;
}
