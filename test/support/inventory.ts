import { fail, ok } from "../../src/result.ts";
import type {
  Inventory,
  LauncherPod,
  ObjectLookup,
  ObjectMeta,
  ObjectStore,
  VirtualMachineInstance,
} from "../../src/vm/objects.ts";

const namespace = "shop";

/** A VirtualMachineInstance that runs on node01, with what a test says otherwise. */
export function vmi(name: string, facts: Partial<VirtualMachineInstance> = {}): VirtualMachineInstance {
  const defaults = { phase: "Running", nodeName: "node01", createdAtMs: 1_000, ownerUid: `vm-${name}` };
  return { ...meta(name, `vmi-${name}`), ...defaults, ...facts };
}

/** A VirtualMachine that belongs to the pool of this uid. */
export function vm(name: string, ownerUid: string): ObjectMeta {
  return { ...meta(name, `vm-${name}`), ownerUid };
}

/** A virt-launcher pod that runs the VirtualMachineInstance on node01. */
export function launcherPod(name: string, vmiName: string, facts: Partial<LauncherPod> = {}): LauncherPod {
  const owner = { ownerUid: `vmi-${vmiName}`, ownerName: vmiName };
  return { ...meta(name, `pod-${name}`), phase: "Running", nodeName: "node01", ...owner, ...facts };
}

/** An object's metadata in namespace `shop`, with the label `app: web`. */
export function meta(name: string, uid: string): ObjectMeta {
  return { namespace, name, uid, labels: { app: "web" } };
}

/** A store that knows exactly these objects. */
export function store<T extends ObjectMeta>(objects: readonly T[], detail?: string): ObjectStore<T> {
  return {
    state: () => (detail === undefined ? { known: true } : { known: false, detail }),
    settled: async () => Promise.resolve(),
    get: (ns, name) => objects.find((object) => object.namespace === ns && object.name === name),
    list: (ns) => objects.filter((object) => object.namespace === ns),
    listAll: () => objects,
  };
}

/** A look-up that finds exactly these objects, or cannot tell. */
export function lookup(objects: readonly ObjectMeta[], detail?: string): ObjectLookup {
  return {
    find: async (ns, name) =>
      Promise.resolve(
        detail === undefined
          ? ok(objects.find((object) => object.namespace === ns && object.name === name))
          : fail({ detail }),
      ),
  };
}

/** Everything that is known, with what a test says; kinds that it does not mention are known to be empty. */
export function inventory(facts: Partial<Inventory> = {}): Inventory {
  return {
    virtualMachineInstances: store<VirtualMachineInstance>([]),
    virtualMachines: store<ObjectMeta>([]),
    virtualMachinePools: store<ObjectMeta>([]),
    virtualMachineInstanceReplicaSets: store<ObjectMeta>([]),
    launcherPods: store<LauncherPod>([]),
    namespaces: store<ObjectMeta>([]),
    nodes: store<ObjectMeta>([]),
    otherPods: lookup([]),
    ...facts,
  };
}
