import { controllerOf, fieldAt, type KubernetesObject } from "../kubernetes-object.ts";
import { machineObject } from "./objects.ts";
import { resources } from "./resources.ts";
import { specOfMachine, specOfMember } from "./specification.ts";
import type { Fleet } from "./fleet.ts";
import { keyOf } from "./load-book.ts";
import type { Machine } from "./machine.ts";
import type { Writer } from "./writer.ts";
import { byOwner, keyOfObject, type World } from "./world.ts";

/** A VM of the fleet with the object that owns its VirtualMachineInstance. */
export interface Member {
  readonly namespace: string;
  readonly name: string;
  /** Its VirtualMachine, or its VirtualMachineInstanceReplicaSet. */
  readonly owner: KubernetesObject;
}

/** Makes the VirtualMachines follow `spec.replicas` of their pools, and answers those that there are now. */
export async function followPools(world: World, writer: Writer): Promise<readonly KubernetesObject[]> {
  const machinesByPool = byOwner(world.machines);
  const known = new Set(world.pools.map(({ metadata }) => metadata.uid));
  const orphans = world.machines.filter((machine) => {
    const owner = controllerOf(machine);
    return owner?.kind === "VirtualMachinePool" && !known.has(owner.uid);
  });
  const wanted = world.pools.map((pool) => {
    const members = (machinesByPool.get(pool.metadata.uid ?? "") ?? []).toSorted((a, b) => indexOf(a) - indexOf(b));
    const taken = new Set(members.map(indexOf));
    const missing = freeIndices(taken, replicasOf(pool) - members.length).map((index) => machineObject(pool, index));
    return { missing, surplus: members.slice(replicasOf(pool)) };
  });
  const gone = new Set([...orphans, ...wanted.flatMap(({ surplus }) => surplus)]);
  await Promise.all([...gone].map(async (machine) => writer.remove(resources.machines, machine)));
  const missing = wanted.flatMap((each) => each.missing);
  const created = await Promise.all(missing.map(async (machine) => writer.create(resources.machines, machine)));
  return [
    ...world.machines.filter((machine) => !gone.has(machine)),
    ...created.filter((machine) => machine !== undefined),
  ];
}

/** Makes the fleet follow the VirtualMachines and replica sets, and answers its VMs with their owners. */
export function followMembers(
  world: World,
  machines: readonly KubernetesObject[],
  fleet: Fleet,
  suffix: () => string,
): readonly Member[] {
  const poolNames = new Map(world.pools.map(({ metadata }) => [metadata.uid, metadata.name]));
  const instancesByOwner = byOwner(world.instances);
  const ofMachines = machines.map((owner) => {
    fleet.define(specOfMachine(owner, poolNames.get(controllerOf(owner)?.uid)));
    const { name, namespace = "" } = owner.metadata;
    if (fieldAt(owner, "spec", "runStrategy") === "Halted") fleet.stop(namespace, name);
    else fleet.start(namespace, name);
    return { namespace, name, owner };
  });
  const ofReplicaSets = world.replicaSets.flatMap((owner) => {
    const { name: set, namespace = "", uid = "" } = owner.metadata;
    const names = (instancesByOwner.get(uid) ?? []).map(({ metadata }) => metadata.name).toSorted();
    const missing = Array.from({ length: Math.max(0, replicasOf(owner) - names.length) }, () => `${set}${suffix()}`);
    return [...names.slice(0, replicasOf(owner)), ...missing].map((name) => {
      fleet.define(specOfMember(owner, name));
      fleet.start(namespace, name);
      return { namespace, name, owner };
    });
  });
  const members = [...ofMachines, ...ofReplicaSets];
  const kept = new Set(members.map(keyOf));
  for (const { spec } of fleet.machines()) if (!kept.has(keyOf(spec))) fleet.remove(spec.namespace, spec.name);
  return members;
}

/** The VMs of a pool or replica set. */
export function membersOf(group: KubernetesObject, machines: readonly Machine[]): readonly Machine[] {
  const { name, namespace } = group.metadata;
  return machines.filter(({ spec }) => spec.namespace === namespace && spec.group === name);
}

/** Instances whose VM or replica set is gone, or has another instance now. */
export function orphanInstances(world: World, members: readonly Member[]): readonly KubernetesObject[] {
  const kept = new Set(members.map(keyOf));
  return world.instances.filter((instance) => !kept.has(keyOfObject(instance)));
}

function replicasOf(object: KubernetesObject): number {
  const replicas = fieldAt(object, "spec", "replicas");
  return typeof replicas === "number" ? replicas : 1;
}

/** The number at the end of `web-3`. */
function indexOf({ metadata }: KubernetesObject): number {
  return Number(/-(\d+)$/u.exec(metadata.name)?.[1] ?? 0);
}

/** The lowest indices that are not taken. */
function freeIndices(taken: ReadonlySet<number>, count: number): readonly number[] {
  return Array.from({ length: taken.size + Math.max(0, count) }, (_, index) => index)
    .filter((index) => !taken.has(index))
    .slice(0, Math.max(0, count));
}
