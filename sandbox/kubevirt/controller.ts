import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { KubernetesClient } from "../kubernetes-client.ts";
import { controllerOf, type KubernetesObject } from "../kubernetes-object.ts";
import type { Fleet } from "./fleet.ts";
import { activeLauncher, type Instance, type Launcher } from "./instance.ts";
import { keyOf } from "./load-book.ts";
import { instanceLabels, type Machine } from "./machine.ts";
import { followMembers, followPools, type Member, membersOf, orphanInstances } from "./members.ts";
import { createNodeKeeper } from "./nodes.ts";
import {
  groupStatus,
  instanceObject,
  instanceStatus,
  machineStatus,
  podObject,
  podStatus,
  startAnnotation,
} from "./objects.ts";
import { resources } from "./resources.ts";
import { byOwner, keyOfObject, observe, type World } from "./world.ts";
import { createWriter, type Writer } from "./writer.ts";

/** What a controller works with. */
export interface ControllerOptions {
  readonly client: KubernetesClient;
  readonly fleet: Fleet;
  readonly nowMs: () => number;
  /** Five characters for the names of a replica set's members. */
  readonly suffix: () => string;
  /** Rest between two passes, in milliseconds; longer when passes take long. */
  readonly intervalMs: number;
  /** Whether pods stay as Completed after a migration, as they do in a cluster until they are collected. */
  readonly keepCompletedPods: boolean;
  /** Receives what failed, once for each text until a pass succeeds. */
  readonly log: (line: string) => void;
}

/** Keeps an API server's objects and the fleet in step, and plays scheduler, kubelet and garbage collector for them. */
export interface Controller {
  /** Resolves after a whole pass that began after the call. */
  readonly sync: () => Promise<void>;
  /** Ends the loop after the pass that runs. */
  readonly stop: () => Promise<void>;
}

/** Starts the loop. Conflicts and an API server that is away are survived: the next pass begins from what is there. */
export function startController(options: ControllerOptions): Controller {
  const { intervalMs, log } = options;
  const ending = new AbortController();
  const reported = new Set<string>();
  let failed = false;
  const writer = createWriter(options.client, ({ message }) => {
    failed = true;
    if (!reported.has(message)) log(message);
    reported.add(message);
  });
  const nodes = createNodeKeeper(options, writer);
  let latest: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function pass(): Promise<void> {
    failed = false;
    await nodes.beat();
    const world = await observe(options.client);
    if (world.ok) await follow(world.value, writer, options);
    else if (!reported.has(world.error.message)) log(world.error.message);
    if (world.ok && !failed) reported.clear();
    if (!world.ok) reported.add(world.error.message);
  }

  /** Passes never overlap, and whoever calls while one waits for its beginning shares it. */
  async function sync(): Promise<void> {
    next ??= latest.then(async () => {
      next = undefined;
      return pass();
    });
    latest = next;
    return latest;
  }

  async function loop(): Promise<void> {
    while (!ending.signal.aborted) {
      const beganMs = performance.now();
      await sync();
      // A large fleet must not keep the machine busy with looking after itself.
      const restMs = Math.max(intervalMs, 5 * (performance.now() - beganMs));
      await sleep(restMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  const looping = loop();
  return {
    sync,
    stop: async () => {
      ending.abort();
      await looping;
      await latest;
    },
  };
}

async function follow(world: World, writer: Writer, options: ControllerOptions): Promise<void> {
  const { fleet, suffix } = options;
  const owners = await followPools(world, writer);
  const members = followMembers(world, owners, fleet, suffix);
  await removeOrphans(world, members, writer);
  const machines = fleet.machines();
  const machineByKey = new Map(machines.map((machine) => [keyOf(machine.spec), machine]));
  const instanceByKey = new Map(world.instances.map((instance) => [keyOfObject(instance), instance]));
  const podsByInstance = byOwner(world.pods);
  await Promise.all(
    members.map(async (member) => {
      const machine = machineByKey.get(keyOf(member));
      const observed = instanceByKey.get(keyOf(member));
      const pods = podsByInstance.get(observed?.metadata.uid ?? "") ?? [];
      if (machine !== undefined) await followMachine({ member, machine, observed, pods }, writer, options);
    }),
  );
  await Promise.all([
    ...world.pools.map(async (pool) =>
      writer.status(resources.pools, pool, groupStatus(pool, membersOf(pool, machines))),
    ),
    ...world.replicaSets.map(async (set) =>
      writer.status(resources.replicaSets, set, groupStatus(set, membersOf(set, machines))),
    ),
  ]);
}

async function removeOrphans(world: World, members: readonly Member[], writer: Writer): Promise<void> {
  const orphans = orphanInstances(world, members);
  const kept = new Set(world.instances.filter((each) => !orphans.includes(each)).map(({ metadata }) => metadata.uid));
  const pods = world.pods.filter((pod) => !kept.has(controllerOf(pod)?.uid));
  await Promise.all([
    ...orphans.map(async (instance) => writer.remove(resources.instances, instance)),
    ...pods.map(async (pod) => writer.remove(resources.pods, pod)),
  ]);
}

/** One VM with what the API server has of it. */
interface Observed {
  readonly member: Member;
  readonly machine: Machine;
  readonly observed: KubernetesObject | undefined;
  readonly pods: readonly KubernetesObject[];
}

async function followMachine(
  { member, machine, observed, pods }: Observed,
  writer: Writer,
  options: ControllerOptions,
): Promise<void> {
  const { instance, spec } = machine;
  const isCurrent = observed?.metadata.annotations?.[startAnnotation] === String(instance?.start);
  if (observed !== undefined && !isCurrent) {
    await Promise.all([
      writer.remove(resources.instances, observed),
      ...pods.map(async (pod) => writer.remove(resources.pods, pod)),
    ]);
  }
  if (instance !== undefined) {
    const known = isCurrent
      ? observed
      : await writer.create(resources.instances, instanceObject(machine, instance, member.owner));
    if (known !== undefined)
      await followInstance({ machine, instance, known, pods: isCurrent ? pods : [] }, writer, options);
  }
  if (spec.kind === "VirtualMachine") await writer.status(resources.machines, member.owner, machineStatus(machine));
}

interface ObservedInstance {
  readonly machine: Machine;
  readonly instance: Instance;
  readonly known: KubernetesObject;
  readonly pods: readonly KubernetesObject[];
}

async function followInstance(
  { machine, instance, known, pods }: ObservedInstance,
  writer: Writer,
  { keepCompletedPods }: ControllerOptions,
): Promise<void> {
  const podByName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const uids = await Promise.all(
    instance.launchers.map(async (launcher) => {
      const pod = podByName.get(launcher.podName);
      if (launcher.ended === undefined || (pod !== undefined && keepCompletedPods)) {
        return followPod({ known, instance, launcher, pod }, writer);
      }
      if (pod !== undefined) await writer.remove(resources.pods, pod);
      return undefined;
    }),
  );
  const uidByPod = new Map(instance.launchers.flatMap(({ podName }, index) => entryOf(podName, uids[index])));
  const labels = instanceLabels(machine, instance, activeLauncher(instance));
  const labelled = isDeepStrictEqual(known.metadata.labels ?? {}, labels)
    ? known
    : await writer.patch(resources.instances, known, { metadata: { labels } });
  await writer.status(resources.instances, labelled, instanceStatus(instance, uidByPod));
}

interface ObservedPod {
  readonly known: KubernetesObject;
  readonly instance: Instance;
  readonly launcher: Launcher;
  readonly pod: KubernetesObject | undefined;
}

/** Makes the pod where it is missing, does what scheduler and kubelet would, and answers its uid. */
async function followPod({ known, instance, launcher, pod }: ObservedPod, writer: Writer): Promise<string | undefined> {
  const there = pod ?? (await writer.create(resources.pods, podObject(known, launcher)));
  if (there === undefined) return undefined;
  const waits = launcher.node !== undefined && there.spec?.["nodeName"] === undefined;
  const placed = waits ? await writer.bind(resources.pods, there, launcher.node) : there;
  await writer.status(resources.pods, placed, podStatus(instance, launcher));
  return placed.metadata.uid;
}

function entryOf(podName: string, uid: string | undefined): readonly (readonly [string, string])[] {
  return uid === undefined ? [] : [[podName, uid]];
}
