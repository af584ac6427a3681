import { describe, expect, test } from "vitest";
import { projectLauncherPod, projectVirtualMachineInstance } from "../../src/cluster/projections.ts";
import { isActivePod } from "../../src/vm/active-pod.ts";

type Json = Readonly<Record<string, unknown>>;

const controller = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachineInstance", name: "web-0", controller: true };

/** A whole VirtualMachineInstance, as KubeVirt writes it. */
function vmi(status: Json, uid = "vmi-1"): Json {
  const { nodeName } = status;
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      name: "web-0",
      namespace: "shop",
      uid,
      creationTimestamp: "2026-01-02T03:04:05Z",
      ...(nodeName === undefined ? {} : { labels: { "kubevirt.io/nodeName": nodeName } }),
    },
    spec: { domain: { devices: {} } },
    status: { phase: "Running", ...status },
  };
}

/** A whole virt-launcher pod `virt-launcher-web-0-{suffix}`. */
function pod(suffix: string, nodeName: string | undefined, phase = "Running", facts: Json = {}): Json {
  const { vmiUid = "vmi-1", ...metadata } = facts;
  return {
    metadata: {
      name: `virt-launcher-web-0-${suffix}`,
      namespace: "shop",
      uid: `pod-${suffix}`,
      labels: { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": vmiUid },
      ownerReferences: [{ ...controller, uid: vmiUid }],
      ...metadata,
    },
    spec: { containers: [{ name: "compute" }], ...(nodeName === undefined ? {} : { nodeName }) },
    status: { phase },
  };
}

/** `status.migrationState` of a migration from node to node into `virt-launcher-web-0-{target}`. */
function migration(sourceNode: string, targetNode: string, target: string, more: Json = {}): Json {
  const [sourcePod, targetPod] = ["virt-launcher-web-0-aaaaa", `virt-launcher-web-0-${target}`];
  return { migrationState: { migrationUid: "m", sourceNode, sourcePod, targetNode, targetPod, ...more } };
}

const going = { startTimestamp: "2026-01-02T04:00:00Z" };
const ready = { ...going, targetNodeDomainDetected: true, targetNodeDomainReadyTimestamp: "2026-01-02T04:00:30Z" };
const ended = { ...ready, endTimestamp: "2026-01-02T04:00:31Z" };
const failed = { ...going, completed: true, failed: true, endTimestamp: "2026-01-02T04:00:31Z" };
const terminating = { deletionTimestamp: "2026-01-02T04:01:00Z", deletionGracePeriodSeconds: 60 };

type Step = readonly [step: string, instance: Json, pods: readonly Json[], active: string | undefined];

const stories: Readonly<Record<string, readonly Step[]>> = {
  "a start": [
    ["before the first status", vmi({ phase: "" }), [pod("aaaaa", undefined, "Pending")], undefined],
    ["no node has room", vmi({ phase: "Scheduling" }), [pod("aaaaa", undefined, "Pending")], undefined],
    ["the pod is placed", vmi({ phase: "Scheduling" }), [pod("aaaaa", "n1", "Pending")], undefined],
    ["the pod runs, virt-handler does not know of it", vmi({ phase: "Scheduling" }), [pod("aaaaa", "n1")], undefined],
    ["handed over to virt-handler", vmi({ phase: "Scheduled", nodeName: "n1" }), [pod("aaaaa", "n1")], "aaaaa"],
    ["the guest runs", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1")], "aaaaa"],
    ["the guest is paused", vmi({ nodeName: "n1", conditions: [{ type: "Paused" }] }), [pod("aaaaa", "n1")], "aaaaa"],
  ],
  "a live migration": [
    [
      "its target waits for a node",
      vmi({ nodeName: "n1" }),
      [pod("aaaaa", "n1"), pod("bbbbb", undefined, "Pending")],
      "aaaaa",
    ],
    ["its target is placed", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1"), pod("bbbbb", "n2", "Pending")], "aaaaa"],
    ["its target runs", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1"), pod("bbbbb", "n2")], "aaaaa"],
    [
      "its target is prepared",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb") }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2")],
      "aaaaa",
    ],
    [
      "memory is copied",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb", going) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2")],
      "aaaaa",
    ],
    [
      "the guest runs on the target, virt-handler has not noted it",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb", ready) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2")],
      "aaaaa",
    ],
    [
      "the switch-over: the node changes before the migration is completed",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", ended) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2")],
      "bbbbb",
    ],
    [
      "the switch-over before KubeVirt 1.6: both in one write",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", { ...ended, completed: true }) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2")],
      "bbbbb",
    ],
    [
      "the source has completed",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", { ...ended, completed: true }) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2")],
      "bbbbb",
    ],
    [
      "the source is collected",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", { ...ended, completed: true }) }),
      [pod("bbbbb", "n2")],
      "bbbbb",
    ],
  ],
  "a migration that does not succeed": [
    [
      "the target fails before it is prepared",
      vmi({ nodeName: "n1" }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2", "Failed")],
      "aaaaa",
    ],
    [
      "it is aborted, the target is about to go",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb", { ...failed, abortStatus: "Succeeded" }) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2", "Running", terminating)],
      "aaaaa",
    ],
    [
      "it is aborted, the target is gone",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb", { ...failed, abortStatus: "Succeeded" }) }),
      [pod("aaaaa", "n1")],
      "aaaaa",
    ],
    [
      "it fails after the target was ready",
      vmi({ nodeName: "n1", ...migration("n1", "n2", "bbbbb", { ...ready, ...failed }) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2", "Failed")],
      "aaaaa",
    ],
    [
      "the guest is lost with it",
      vmi({ phase: "Failed", nodeName: "n1", ...migration("n1", "n2", "bbbbb", failed) }),
      [pod("aaaaa", "n1", "Failed"), pod("bbbbb", "n2", "Failed")],
      undefined,
    ],
  ],
  "one migration after another": [
    [
      "on to a third node, copying",
      vmi({ nodeName: "n2", ...migration("n2", "n3", "ccccc", going) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2"), pod("ccccc", "n3")],
      "bbbbb",
    ],
    [
      "on to a third node, done",
      vmi({ nodeName: "n3", ...migration("n2", "n3", "ccccc", ended) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2", "Succeeded"), pod("ccccc", "n3")],
      "ccccc",
    ],
    [
      "back to the first node, copying",
      vmi({ nodeName: "n2", ...migration("n2", "n1", "ccccc", going) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2"), pod("ccccc", "n1")],
      "bbbbb",
    ],
    [
      "back to the first node, done",
      vmi({ nodeName: "n1", ...migration("n2", "n1", "ccccc", ended) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2", "Succeeded"), pod("ccccc", "n1")],
      "ccccc",
    ],
    [
      "back to the first node, whose pod has not ended",
      vmi({ nodeName: "n1", ...migration("n2", "n1", "ccccc", ended) }),
      [pod("aaaaa", "n1", "Running", terminating), pod("bbbbb", "n2"), pod("ccccc", "n1")],
      "ccccc",
    ],
    [
      "again to the node of an aborted one, whose target has not ended",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "ccccc", ended) }),
      [pod("aaaaa", "n1"), pod("bbbbb", "n2", "Running", terminating), pod("ccccc", "n2")],
      "ccccc",
    ],
    [
      "a migration that failed after one that did not",
      vmi({ nodeName: "n2", ...migration("n2", "n3", "ccccc", failed) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2"), pod("ccccc", "n3", "Failed")],
      "bbbbb",
    ],
    [
      "the target of the next one, before it is noted",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", { ...ended, completed: true }) }),
      [pod("aaaaa", "n1", "Succeeded"), pod("bbbbb", "n2"), pod("ccccc", "n1")],
      "bbbbb",
    ],
  ],
  "a migration between namespaces or clusters": [
    [
      "the source, while its guest goes to another instance on a node of the same name",
      vmi({ nodeName: "n1", ...migration("n1", "n1", "zzzzz", going) }),
      [pod("aaaaa", "n1")],
      "aaaaa",
    ],
    [
      "the source, when it is over",
      vmi({ phase: "Succeeded", nodeName: "n1", ...migration("n1", "n2", "zzzzz", ended) }),
      [pod("aaaaa", "n1", "Succeeded")],
      undefined,
    ],
    [
      "the target, before the guest comes",
      vmi({ phase: "WaitingForSync", ...migration("n1", "n2", "bbbbb", going) }),
      [pod("bbbbb", "n2")],
      undefined,
    ],
    [
      "the target, when the guest has come",
      vmi({ nodeName: "n2", ...migration("n1", "n2", "bbbbb", ended) }),
      [pod("bbbbb", "n2")],
      "bbbbb",
    ],
  ],
  "a stop and a restart": [
    ["the guest shuts down", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1", "Running", terminating)], "aaaaa"],
    [
      "the guest has shut down",
      vmi({ phase: "Succeeded", nodeName: "n1" }),
      [pod("aaaaa", "n1", "Succeeded")],
      undefined,
    ],
    [
      "a new instance waits, the old pod ends on the node",
      vmi({ phase: "Scheduling" }, "vmi-2"),
      [pod("aaaaa", "n1", "Running", terminating), pod("bbbbb", "n1", "Pending", { vmiUid: "vmi-2" })],
      undefined,
    ],
    [
      "a new instance runs, the old pod ends on the same node",
      vmi({ nodeName: "n1" }, "vmi-2"),
      [pod("aaaaa", "n1", "Running", terminating), pod("bbbbb", "n1", "Running", { vmiUid: "vmi-2" })],
      "bbbbb",
    ],
  ],
  "a node that is lost": [
    ["the kubelet is silent", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1", "Unknown")], undefined],
    ["virt-handler is silent", vmi({ phase: "Unknown", nodeName: "n1" }), [pod("aaaaa", "n1")], "aaaaa"],
    ["the pod is evicted", vmi({ nodeName: "n1" }), [pod("aaaaa", "n1", "Failed")], undefined],
    ["the pod is gone", vmi({ nodeName: "n1" }), [], undefined],
  ],
};

describe.for(Object.entries(stories))("isActivePod() in %s", ([, steps]) => {
  test.for(steps)("%s", ([, instance, pods, active]) => {
    const known = projectVirtualMachineInstance(instance);
    const launchers = pods.flatMap((each) => projectLauncherPod(each) ?? []);
    expect(launchers).toHaveLength(pods.length);
    const found = launchers.filter((launcher) => known !== undefined && isActivePod(launcher, known));
    expect(found.map(({ name }) => name)).toEqual(active === undefined ? [] : [`virt-launcher-web-0-${active}`]);
  });
});
