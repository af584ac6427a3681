import type {
  Inventory,
  LauncherPod,
  Migration,
  ObjectMeta,
  ObjectStore,
  VirtualMachineInstance,
} from "../../src/vm/objects.ts";
import { inventory, store } from "./inventory.ts";
import { type RawVm, readFleet } from "./kubevirt-vectors.ts";
import { type KubevirtVersion, vectorsOf } from "./kubevirt-versions.ts";

/** When the last scrape of the fleet was, in milliseconds: since the Unix epoch, and before the moment of the question. */
export interface LastScrape {
  readonly nowMs: number;
  readonly agoMs: number;
}

/** The pool and the replica set of the fleet. */
export const pool = { namespace: "team-a-b", name: "web", members: ["web-0", "web-1"] } as const;
export const replicaSet = { namespace: "a", name: "rs-web", members: ["rs-webk7x2q", "rs-web9p4tz"] } as const;

/** What Kubernetes knows of the fleet of the vectors that a version's exposition is made of. */
export function kubevirtInventory(version: KubevirtVersion, { nowMs, agoMs }: LastScrape): Inventory {
  const { later, targets } = readFleet(vectorsOf(version).fleet);
  const scrapedMs = targets["virt-controller"]?.scrapedAtUnixMilli.later ?? NaN;
  const shiftMs = nowMs - agoMs - scrapedMs;
  const instances = later.filter(({ VMIPhase }) => VMIPhase !== "").map((vm) => instanceOf(vm, nowMs, shiftMs));
  const namespaces = [...new Set(later.map(({ Namespace }) => Namespace))];
  return inventory({
    virtualMachineInstances: ordered(instances),
    virtualMachines: ordered(later.filter(({ Kind }) => Kind !== "ReplicaSet").map(machineOf)),
    virtualMachinePools: ordered([objectOf(pool.namespace, pool.name, "pool")]),
    virtualMachineInstanceReplicaSets: ordered([objectOf(replicaSet.namespace, replicaSet.name, "set")]),
    launcherPods: ordered(later.filter(({ VMIPhase }) => VMIPhase === "Running").flatMap(podsOf)),
    namespaces: ordered(namespaces.map((name) => objectOf("", name, "namespace"))),
    nodes: ordered(["n1", "n2"].map((name) => objectOf("", name, "node"))),
  });
}

/** The name of the pod that runs a virtual machine now. */
export function activePodOf(name: string): string {
  return `virt-launcher-${name}-now`;
}

function ordered<T extends ObjectMeta>(objects: readonly T[]): ObjectStore<T> {
  return store(objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

function objectOf(namespace: string, name: string, kind: string): ObjectMeta {
  return { namespace, name, uid: `${kind} ${namespace}/${name}`, labels: {} };
}

function machineOf({ Namespace, Name, Kind, Labels }: RawVm): ObjectMeta {
  const owner = Kind === "Pool" ? { ownerUid: objectOf(pool.namespace, pool.name, "pool").uid } : {};
  return { ...objectOf(Namespace, Name, "vm"), labels: Labels ?? {}, ...owner };
}

const hourMs = 60 * 60_000;

/** All run for an hour, but for the one that is scheduling. */
function instanceOf(vm: RawVm, nowMs: number, shiftMs: number): VirtualMachineInstance {
  const { Namespace, Name, Kind, Labels, VMIPhase, Node } = vm;
  const owner = Kind === "ReplicaSet" ? objectOf(replicaSet.namespace, replicaSet.name, "set") : machineOf(vm);
  const runs = VMIPhase === "Running";
  return {
    ...objectOf(Namespace, Name, "vmi"),
    labels: Labels ?? {},
    ownerUid: owner.uid,
    ownerName: owner.name,
    phase: VMIPhase,
    createdAtMs: nowMs - (runs ? hourMs : 40_000),
    ...(runs ? { runningSinceMs: nowMs - hourMs + 10_000 } : {}),
    ...(Node === "" ? {} : { nodeName: Node }),
    ...(vm.Migration === null ? {} : { migration: migrationOf(Name, vm.Migration, shiftMs) }),
  };
}

function migrationOf(name: string, migration: NonNullable<RawVm["Migration"]>, shiftMs: number): Migration {
  const { Phase, SourceNode, TargetNode, Start, End } = migration;
  return {
    sourceNode: SourceNode,
    targetNode: TargetNode,
    targetPod: Phase === "Succeeded" ? activePodOf(name) : otherPodOf(name),
    startedAtMs: Start * 1_000 + shiftMs,
    ...(Phase === "Running" ? {} : { endedAtMs: End * 1_000 + shiftMs }),
  };
}

function otherPodOf(name: string): string {
  return `virt-launcher-${name}-other`;
}

/** The active pod, and the other one of a migration: a target, or what a migration left. */
function podsOf({ Namespace, Name, Node, Migration: migration }: RawVm): readonly LauncherPod[] {
  function pod(name: string, nodeName: string, phase: string): LauncherPod {
    const { uid } = objectOf(Namespace, Name, "vmi");
    return { ...objectOf(Namespace, name, "pod"), phase, nodeName, ownerUid: uid, ownerName: Name };
  }
  const active = pod(activePodOf(Name), Node, "Running");
  if (migration === null) return [active];
  const { SourceNode, TargetNode, Phase } = migration;
  const other = Node === SourceNode ? TargetNode : SourceNode;
  return [active, pod(otherPodOf(Name), other, Phase === "Running" ? "Running" : "Succeeded")];
}
