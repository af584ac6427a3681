import { fieldAt, type JsonObject, type KubernetesObject, type OwnerReference } from "../kubernetes-object.ts";
import { activeLauncher, type Instance, type Launcher, runningMigration } from "./instance.ts";
import { instanceLabels, launcherLabels, type Machine, nodeOf, statusOf } from "./machine.ts";
import { labelsAt, selectorText } from "./specification.ts";

/** Says which start of its VM a VirtualMachineInstance is. */
export const startAnnotation = "sandbox/start";

const revisionLabel = "kubevirt.io/vm-pool-revision-name";

/** The VirtualMachine of a pool with an index; the pool's revision is a label of it and of its template. */
export function machineObject(pool: KubernetesObject, index: number): KubernetesObject {
  const { name, namespace = "", generation = 1 } = pool.metadata;
  const template = fieldAt(pool, "spec", "virtualMachineTemplate");
  const inner = fieldAt(template, "spec", "template");
  const revision = { [revisionLabel]: `${name}-${generation}` };
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: {
      name: `${name}-${index}`,
      namespace,
      labels: { ...labelsAt(template, "metadata", "labels"), ...revision },
      ownerReferences: [ownerOf("pool.kubevirt.io/v1beta1", "VirtualMachinePool", pool)],
    },
    spec: {
      runStrategy: "Always",
      ...(fieldAt(template, "spec") as JsonObject | undefined),
      template: {
        metadata: { labels: { ...labelsAt(inner, "metadata", "labels"), ...revision } },
        spec: fieldAt(inner, "spec") ?? {},
      },
    },
  };
}

/** The VirtualMachineInstance of a VM that runs; its owner is the VirtualMachine or the replica set. */
export function instanceObject(machine: Machine, instance: Instance, owner: KubernetesObject): KubernetesObject {
  const { namespace, name, kind } = machine.spec;
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      name,
      namespace,
      labels: instanceLabels(machine, instance, activeLauncher(instance)),
      annotations: { [startAnnotation]: String(instance.start) },
      ownerReferences: [
        ownerOf(
          "kubevirt.io/v1",
          kind === "VirtualMachine" ? "VirtualMachine" : "VirtualMachineInstanceReplicaSet",
          owner,
        ),
      ],
    },
    spec: (fieldAt(owner, "spec", "template", "spec") ?? {}) as JsonObject,
  };
}

/** The virt-launcher pod of an instance; a pod that finds no node yet has none. */
export function podObject(instance: KubernetesObject, launcher: Launcher): KubernetesObject {
  const { name, namespace = "", uid = "", labels = {} } = instance.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: launcher.podName,
      namespace,
      labels: { ...labels, ...launcherLabels(name, uid, launcher) },
      annotations: { "kubevirt.io/domain": name },
      ownerReferences: [ownerOf("kubevirt.io/v1", "VirtualMachineInstance", instance)],
    },
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "compute", image: "sandbox/virt-launcher" }],
      ...(launcher.node === undefined ? {} : { nodeName: launcher.node }),
    },
  };
}

/** The status of a VirtualMachine. */
export function machineStatus(machine: Machine): JsonObject {
  const { printable } = statusOf(machine);
  const ready = printable === "Running" || printable === "Migrating";
  return {
    created: machine.instance !== undefined,
    ready,
    printableStatus: printable,
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  };
}

/** The status of a VirtualMachineInstance; `uidByPod` names the pods that exist. */
export function instanceStatus(instance: Instance, uidByPod: ReadonlyMap<string, string>): JsonObject {
  const node = nodeOf(instance);
  const inUse = instance.launchers.filter(({ podName, ended }) => ended === undefined && uidByPod.has(podName));
  const migration = migrationState(instance);
  return {
    phase: instance.phase,
    ...(node === undefined ? {} : { nodeName: node }),
    activePods: Object.fromEntries(inUse.map(({ podName, node: at = "" }) => [uidByPod.get(podName) ?? "", at])),
    conditions: instanceConditions(instance),
    phaseTransitionTimestamps: instance.transitions.map(({ phase, atMs }) => ({
      phase,
      phaseTransitionTimestamp: timestamp(atMs),
    })),
    ...(migration === undefined ? {} : { migrationState: migration }),
  };
}

/** The status of a virt-launcher pod, which no kubelet would write. */
export function podStatus(instance: Instance, launcher: Launcher): JsonObject {
  if (launcher.ended !== undefined) return endedPodStatus(launcher.ended.phase);
  const scheduled = condition("PodScheduled", launcher.node !== undefined, "Unschedulable");
  const starting = launcher.podName === instance.activePod && instance.phase === "Scheduling";
  if (launcher.node === undefined || starting) return { phase: "Pending", conditions: [scheduled] };
  return {
    phase: "Running",
    startTime: timestamp(launcher.createdAtMs),
    conditions: [
      scheduled,
      condition("Initialized", true),
      condition("ContainersReady", true),
      condition("Ready", true),
    ],
    containerStatuses: [{ ...compute, ready: true, started: true, state: { running: {} } }],
  };
}

/** The status of a pool or replica set; the selector finds VMs, and pods because the template repeats the labels. */
export function groupStatus(group: KubernetesObject, members: readonly Machine[]): JsonObject {
  return {
    replicas: members.length,
    readyReplicas: members.filter(({ instance }) => instance?.phase === "Running").length,
    labelSelector: selectorText(labelsAt(group, "spec", "selector", "matchLabels")),
  };
}

const compute = { name: "compute", image: "sandbox/virt-launcher", imageID: "sandbox/virt-launcher", restartCount: 0 };

function endedPodStatus(phase: "Succeeded" | "Failed"): JsonObject {
  const exitCode = phase === "Succeeded" ? 0 : 1;
  return {
    phase,
    conditions: [condition("PodScheduled", true), condition("Ready", false, "PodCompleted")],
    containerStatuses: [
      {
        ...compute,
        ready: false,
        started: false,
        state: { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error" } },
      },
    ],
  };
}

function instanceConditions({ phase, pausedAtMs }: Instance): readonly JsonObject[] {
  const ready = phase === "Running" && pausedAtMs === undefined;
  return [
    condition("Ready", ready, pausedAtMs === undefined ? "GuestNotRunning" : "GuestPaused"),
    condition("LiveMigratable", true),
    ...(pausedAtMs === undefined ? [] : [condition("Paused", true)]),
  ];
}

/** The newest migration; absent before the first. */
function migrationState(instance: Instance): JsonObject | undefined {
  const migration = instance.migrations.at(-1);
  if (migration === undefined) return undefined;
  const over = runningMigration(instance) === undefined;
  return {
    migrationUid: migration.uid,
    sourceNode: migration.sourceNode,
    sourcePod: migration.sourcePod,
    targetNode: migration.targetNode,
    targetPod: migration.targetPod,
    startTimestamp: timestamp(migration.startedAtMs),
    completed: over,
    ...(over ? { endTimestamp: timestamp(migration.endsAtMs), failed: migration.outcome === "failed" } : {}),
  };
}

function condition(type: string, holds: boolean, reason?: string): JsonObject {
  return { type, status: holds ? "True" : "False", ...(holds || reason === undefined ? {} : { reason }) };
}

function ownerOf(apiVersion: string, kind: string, { metadata }: KubernetesObject): OwnerReference {
  const { name, uid = "" } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+/u, "");
}
