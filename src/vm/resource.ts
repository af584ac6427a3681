import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import type { Absence } from "../naming/metric-error.ts";
import { isActivePod } from "./active-pod.ts";
import { hasEnded } from "./member.ts";
import type {
  Inventory,
  LauncherPod,
  ObjectLookup,
  ObjectMeta,
  ObjectStore,
  VirtualMachineInstance,
} from "./objects.ts";

/** The virtual machines that an object stands for. */
export type Extent =
  /** One virtual machine, whose figure is the object's. */
  | { readonly of: "one"; readonly vmi: VirtualMachineInstance }
  /** An object of one virtual machine that does not speak for it now. */
  | { readonly of: "none"; readonly absence: Absence }
  /** Several: only an aggregate of their figures is the object's. `waiting` have no instance: stopped, or not yet made. */
  | { readonly of: "many"; readonly vmis: readonly VirtualMachineInstance[]; readonly waiting: number };

/** A kind of object that can be asked for the metrics of virtual machines. */
export interface VmResource {
  readonly resource: GroupResource;
  readonly apiVersion: string;
  readonly kind: string;
  /** Objects of a cluster-scoped kind have no namespace, whatever the path says that they are asked by. */
  readonly namespaced: boolean;
  /** Whether an object stands for several virtual machines. */
  readonly aggregate: boolean;
  /** Finds an object, or says that it cannot be known now. */
  readonly store: (inventory: Inventory) => ObjectStore<ObjectMeta>;
  /** The stores that `extentOf` reads beside the object's own. */
  readonly reads: (inventory: Inventory) => readonly ObjectStore<ObjectMeta>[];
  /** Finds objects of this kind that are not in the store because they never have a figure; absent when there are none. */
  readonly others?: (inventory: Inventory) => ObjectLookup;
  /**
   * Tells which virtual machines the object of this name stands for; undefined when there is no such object. A
   * cluster-scoped object stands for those in `namespace`, or for all when that is empty: with rights in one namespace
   * nobody reads of another.
   */
  readonly extentOf: (inventory: Inventory, namespace: string, name: string) => Extent | undefined;
}

const virtualMachineInstances: VmResource = {
  resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstance",
  namespaced: true,
  aggregate: false,
  store: (inventory) => inventory.virtualMachineInstances,
  reads: () => [],
  extentOf: (inventory, namespace, name) => {
    const vmi = inventory.virtualMachineInstances.get(namespace, name);
    return vmi && { of: "one", vmi };
  },
};

const virtualMachines: VmResource = {
  resource: { group: "kubevirt.io", resource: "virtualmachines" },
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachine",
  namespaced: true,
  aggregate: false,
  store: (inventory) => inventory.virtualMachines,
  reads: (inventory) => [inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    const vm = inventory.virtualMachines.get(namespace, name);
    return vm && (instanceOf(inventory, vm) ?? { of: "none", absence: { why: "notRunning" } });
  },
};

const pods: VmResource = {
  resource: { group: "", resource: "pods" },
  apiVersion: "v1",
  kind: "Pod",
  namespaced: true,
  aggregate: false,
  store: (inventory) => inventory.launcherPods,
  others: (inventory) => inventory.otherPods,
  reads: (inventory) => [inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    const pod = inventory.launcherPods.get(namespace, name);
    return pod && extentOfPod(inventory, pod);
  },
};

const virtualMachinePools: VmResource = {
  resource: { group: "pool.kubevirt.io", resource: "virtualmachinepools" },
  apiVersion: "pool.kubevirt.io/v1beta1",
  kind: "VirtualMachinePool",
  namespaced: true,
  aggregate: true,
  store: (inventory) => inventory.virtualMachinePools,
  reads: (inventory) => [inventory.virtualMachines, inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    const pool = inventory.virtualMachinePools.get(namespace, name);
    if (pool === undefined) return undefined;
    const vms = inventory.virtualMachines.list(namespace).filter(({ ownerUid }) => ownerUid === pool.uid);
    const vmis = vms.flatMap((vm) => liveInstanceOf(inventory, vm) ?? []);
    return { of: "many", vmis, waiting: vms.length - vmis.length };
  },
};

const virtualMachineInstanceReplicaSets: VmResource = {
  resource: { group: "kubevirt.io", resource: "virtualmachineinstancereplicasets" },
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstanceReplicaSet",
  namespaced: true,
  aggregate: true,
  store: (inventory) => inventory.virtualMachineInstanceReplicaSets,
  reads: (inventory) => [inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    const set = inventory.virtualMachineInstanceReplicaSets.get(namespace, name);
    if (set === undefined) return undefined;
    const vmis = inventory.virtualMachineInstances.list(namespace).filter(({ ownerUid }) => ownerUid === set.uid);
    return { of: "many", vmis, waiting: 0 };
  },
};

const namespaces: VmResource = {
  resource: { group: "", resource: "namespaces" },
  apiVersion: "v1",
  kind: "Namespace",
  namespaced: false,
  aggregate: true,
  store: (inventory) => inventory.namespaces,
  reads: (inventory) => [inventory.virtualMachines, inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    if (namespace !== "" && namespace !== name) return undefined;
    if (inventory.namespaces.get("", name) === undefined) return undefined;
    const waiting = inventory.virtualMachines.list(name).filter((vm) => liveInstanceOf(inventory, vm) === undefined);
    return { of: "many", vmis: inventory.virtualMachineInstances.list(name), waiting: waiting.length };
  },
};

const nodes: VmResource = {
  resource: { group: "", resource: "nodes" },
  apiVersion: "v1",
  kind: "Node",
  namespaced: false,
  aggregate: true,
  store: (inventory) => inventory.nodes,
  reads: (inventory) => [inventory.virtualMachineInstances],
  extentOf: (inventory, namespace, name) => {
    if (inventory.nodes.get("", name) === undefined) return undefined;
    const { list, listAll } = inventory.virtualMachineInstances;
    const vmis = namespace === "" ? listAll() : list(namespace);
    return { of: "many", vmis: vmis.filter(({ nodeName }) => nodeName === name), waiting: 0 };
  },
};

/** Every kind of object that has metrics of virtual machines, in the order of discovery. */
export const vmResources: readonly VmResource[] = [
  namespaces,
  nodes,
  pods,
  virtualMachines,
  virtualMachineInstances,
  virtualMachineInstanceReplicaSets,
  virtualMachinePools,
];

/** Finds a kind of object by its plural and group; undefined when it has no metrics of virtual machines. */
export function vmResourceFor(resource: GroupResource): VmResource | undefined {
  const name = formatGroupResource(resource);
  return vmResources.find((each) => formatGroupResource(each.resource) === name);
}

/** A VirtualMachine and the VirtualMachineInstance that it starts share their name (kubevirt.io/v1). */
function instanceOf(inventory: Inventory, vm: ObjectMeta): Extract<Extent, { readonly of: "one" }> | undefined {
  const vmi = inventory.virtualMachineInstances.get(vm.namespace, vm.name);
  return vmi?.ownerUid === vm.uid ? { of: "one", vmi } : undefined;
}

/** An instance that has ended, and may have failed under its load, is as good as none: its virtual machine may start anew. */
function liveInstanceOf(inventory: Inventory, vm: ObjectMeta): VirtualMachineInstance | undefined {
  const vmi = instanceOf(inventory, vm)?.vmi;
  return vmi === undefined || hasEnded(vmi) ? undefined : vmi;
}

/** The pod of a virtual machine is named after it only in part, so its owner tells whose it is. */
function extentOfPod(inventory: Inventory, pod: LauncherPod): Extent {
  const vmi = inventory.virtualMachineInstances.get(pod.namespace, pod.ownerName ?? "");
  if (vmi === undefined || vmi.uid !== pod.ownerUid) return { of: "none", absence: { why: "notRunning" } };
  return isActivePod(pod, vmi) ? { of: "one", vmi } : { of: "none", absence: { why: "notActivePod", vmi: vmi.name } };
}
