import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { createPrometheus, type QueryInstant } from "../../src/query/prometheus.ts";
import { guestMetrics } from "../../src/vm/catalogue/guest.ts";
import { memoryMetrics } from "../../src/vm/catalogue/memory.ts";
import { vcpuMetrics } from "../../src/vm/catalogue/vcpu.ts";
import type { DeviceCondition } from "../../src/vm/catalogue/vm-metric.ts";
import { type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { prometheusAt } from "../support/provider.ts";
import { scopeOf, seriesLabels } from "../support/scope.ts";

type Labels = Readonly<Record<string, string>>;

const second = 1_000;
const intervalMs = 30 * second;
const rate = { intervalMs, windowMs: 4 * intervalMs };

/** When a series was scraped, in intervals before its last possible scrape, which was some time ago. */
interface Life {
  readonly from?: number;
  readonly to?: number;
  readonly agoMs?: number;
}

/** A series that begins at `value` ten minutes ago and grows so much per second. */
function series(family: string, labels: Labels, value: number, perSecond = 0, life: Life = {}): BackfillSeries {
  const { from = -20, to = 0, agoMs = 7 * second } = life;
  const pairs = Object.entries({ job: "a", ...labels }).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return {
    series: `${family}{${pairs.join(",")}}`,
    samples: Array.from({ length: to - from + 1 }, (_, index) => from + index).map((scrape) => ({
      atMs: scrape * intervalMs - agoMs,
      value: value + perSecond * (600 + scrape * 30),
    })),
  };
}

function of(name: string, node = "n1", further: Labels = {}): Labels {
  return { namespace: "shop", name, node, instance: node, ...further };
}

/** Two virtual CPUs that use 0.5 and 0.25 cores of the 1 that the whole uses. `factor` 1000 writes milliseconds. */
function vcpus(
  name: string,
  factor: number,
  node: string,
  further: Labels = {},
  life: Life = {},
): readonly BackfillSeries[] {
  const labels = of(name, node, further);
  const time = "kubevirt_vmi_vcpu_seconds_total";
  return [
    series(time, { ...labels, id: "0", state: "running" }, 10 * factor, 0.5 * factor, life),
    series(time, { ...labels, id: "1", state: "running" }, 10 * factor, 0.25 * factor, life),
    series("kubevirt_vmi_cpu_usage_seconds_total", labels, 30, 1, life),
  ];
}

function release(node: string, kubeversion: string, further: Labels = {}, life: Life = {}): BackfillSeries {
  return series("kubevirt_info", { instance: node, kubeversion, ...further }, 1, 0, life);
}

const replicas = [{ prometheus_replica: "a" }, { prometheus_replica: "b" }] as const;
const oldPod: Life = { to: -3, agoMs: 15 * second };
const newPod: Life = { from: -3 };

const vcpuSeries: readonly BackfillSeries[] = [
  ...vcpus("seconds", 1, "n1"),
  ...vcpus("milliseconds", 1_000, "n1"),
  ...vcpus("neither", 10, "n1"),
  ...replicas.flatMap((replica) => vcpus("ha", 1, "n1", replica)),
  release("n2", "v1.5.2"),
  release("n3", "v1.6.0"),
  ...vcpus("v1.5", 1_000, "n2"),
  ...vcpus("v1.6", 1, "n3"),
  // Nothing but the release can tell.
  series("kubevirt_vmi_vcpu_seconds_total", { ...of("alone", "n2"), id: "0", state: "running" }, 10, 500),
  // The pod of a target was replaced by one of another release, and the target is called as the node is.
  ...vcpus("upgraded", 1_000, "n4", { pod: "old" }, oldPod),
  ...vcpus("upgraded", 1, "n4", { pod: "new" }, newPod),
  release("n4", "v1.5.0", { pod: "old" }, oldPod),
  release("n4", "v1.6.0", { pod: "new" }, newPod),
  ...vcpus("moved", 1_000, "n2", {}, { to: -2 }),
  ...vcpus("moved", 1, "n3", {}, { from: -1 }),
  series("kubevirt_vmi_vcpu_seconds_total", { ...of("unplugged"), id: "0", state: "running" }, 10, 1, { to: -1 }),
  series("kubevirt_vmi_vcpu_seconds_total", { ...of("unplugged"), id: "0", state: "offline" }, 10, 1, { from: 0 }),
];

/** A guest's filesystem of 100 bytes, of which so many are used; undefined where one of the two sizes is missing. */
function filesystem(
  name: string,
  disk: string,
  used: number | undefined,
  further: Labels = {},
): readonly BackfillSeries[] {
  const labels = { ...of(name), disk_name: disk, mount_point: `/${disk}`, file_system_type: "ext4", ...further };
  const capacity = series("kubevirt_vmi_filesystem_capacity_bytes", labels, 100);
  return used === undefined ? [capacity] : [capacity, series("kubevirt_vmi_filesystem_used_bytes", labels, used)];
}

function panics(instance: string, type: string, count: number): readonly BackfillSeries[] {
  const labels = { namespace: "shop", name: "panicked", instance, type, bugcheck_code: "unknown" };
  return replicas.map((replica) => series("kubevirt_vmi_guest_os_panic_total", { ...labels, ...replica }, count));
}

function address(name: string, text: string, further: Labels): BackfillSeries {
  return series("kubevirt_vmi_status_addresses", { ...of(name), address: text, ...further }, 1);
}

const guestSeries: readonly BackfillSeries[] = [
  ...replicas.flatMap((replica) => filesystem("disks", "vda", 30, replica)),
  ...filesystem("disks", "vdb", 80),
  ...filesystem("disks", "vdb", 80, { mount_point: "/bound" }),
  ...filesystem("disks", "vdb", 80, { node: "n2", instance: "n2" }),
  ...filesystem("disks", "E:", 100, { file_system_type: "UDF" }),
  ...filesystem("half", "vda", 30),
  ...filesystem("half", "vdb", undefined),
  ...panics("n1", "pvpanic", 2),
  ...panics("n2", "pvpanic", 1),
  ...panics("n2", "hyperv", 4),
  series("kubevirt_vmi_sync_total", { namespace: "shop", name: "calm", instance: "n1" }, 0, 1),
  ...replicas.flatMap((replica) =>
    ["api-1", "api-2"].map((instance) =>
      series("kubevirt_vnc_active_connections", { namespace: "shop", vmi: "watched", instance, ...replica }, 2),
    ),
  ),
  series("kubevirt_vnc_active_connections", { namespace: "shop", vmi: "half-scraped", instance: "api-1" }, 3),
  series("kubevirt_vnc_active_connections", { namespace: "shop", vmi: "half-scraped", instance: "api-2" }, 1, 0, {
    to: -1,
  }),
  series("libvirt_domain_info_state", { domain: "shop_moves", instance: "n1", state_desc: "running" }, 1),
  series("libvirt_domain_info_state", { domain: "shop_moves", instance: "n2", state_desc: "paused" }, 3),
  series("libvirt_domain_info_state", { domain: "shop_stands", instance: "n1", state_desc: "paused" }, 3),
  address("v1.6", "10.0.0.1", { vnic_name: "default", type: "ExternalInterface" }),
  address("v1.6", "fe80::1", { vnic_name: "default", type: "ExternalInterface" }),
  address("v1.6", "172.17.0.1", { interface_name: "docker0", type: "SystemInterface" }),
  address("no address", "", { vnic_name: "default", type: "ExternalInterface" }),
  address("v1.5", "10.0.0.1", { network_name: "default", type: "InternalIP" }),
  address("v1.4", "10.0.0.1", { type: "InternalIP" }),
  series("kubevirt_vmi_info", of("paused", "n1", { phase: "running" }), 1),
  series("kubevirt_vm_info", of("paused", "n1", { status: "Paused" }), 1),
  series("kubevirt_vmi_info", of("lost", "n1", { phase: "unknown" }), 1),
  series("kubevirt_vm_running_status_last_transition_timestamp_seconds", of("stopped"), 0),
  series("kubevirt_vm_running_status_last_transition_timestamp_seconds", of("unconditional"), -1),
];

let supervisor: Supervisor;
let query: QueryInstant;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  const all = [...vcpuSeries, ...guestSeries];
  const prometheus = await startBackfilledPrometheus({ supervisor, directory, series: all });
  query = createPrometheus(prometheusAt(prometheus.url));
});

afterAll(async () => {
  await supervisor.stop();
});

/** What the first source that knows the virtual machine says; without devices, of all of them. */
async function figureOf(metric: string, name: string, devices: readonly DeviceCondition[] = []) {
  const { sources = [] } =
    [...vcpuMetrics, ...memoryMetrics, ...guestMetrics].find((each) => each.name === metric) ?? {};
  for (const { exporter, expression } of sources) {
    const scope = { ...scopeOf(exporter, rate), devices };
    const answer = await query(exporter.identity.named(seriesLabels, expression(scope)));
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    const found = answer.value.filter(({ labels }) => labels["name"] === name);
    expect(found.length).toBeLessThanOrEqual(1);
    const value = found[0]?.points[0]?.value;
    if (value !== undefined) return Number(value.toFixed(6));
  }
  return undefined;
}

describe("vcpu-usageCores and vcpu-timeSecondsTotal are in seconds", () => {
  test.for([
    ["of a target whose release is not known, by the size", "seconds", 0.75, 470],
    ["of one whose release is not known and has milliseconds", "milliseconds", 0.75, 470],
    ["and absent where the size could be neither", "neither", undefined, undefined],
    ["of an HA pair", "ha", 0.75, 470],
    ["of v1.5, in milliseconds", "v1.5", 0.75, 470],
    ["of v1.6", "v1.6", 0.75, 470],
    ["by the release where nothing tells the size", "alone", 0.5, 300.01],
    ["while a target changes from one to the other", "upgraded", 0.75, 470],
    ["while a virtual machine moves from one to the other", "moved", 0.75, 470],
  ] as const)("%s", async ([, name, cores, seconds]) => {
    expect(await figureOf("vcpu-usageCores", name)).toBe(cores);
    expect(await figureOf("vcpu-timeSecondsTotal", name)).toBe(seconds);
  });

  test.for([
    ["=", "milliseconds", 0.25],
    ["!=", "milliseconds", 0.5],
    // One alone would pass for seconds.
    ["=", "neither", undefined],
  ] as const)("for virtual CPUs %s 1 of %s, judged by all of them", async ([op, name, cores]) => {
    expect(await figureOf("vcpu-usageCores", name, [{ op, value: "1" }])).toBe(cores);
  });
});

describe("a figure", () => {
  test.for([
    ["vcpu-currentCount", "ha", 2, "counts a virtual CPU once"],
    ["vcpu-stateCode", "unplugged", 0, "is of the state that was written last"],
    ["guest-filesystemFreeBytes", "disks", 90, "counts a disk once, whoever reports it, and no optical medium"],
    ["guest-filesystemUsedRatio", "disks", 0.8, "is of the fullest"],
    ["guest-filesystemFreeBytes", "half", undefined, "is not of a part of the disks"],
    ["guest-filesystemUsedRatio", "half", undefined, "is not of a part of the disks"],
    ["guest-panicCountTotal", "panicked", 7, "adds up nodes and kinds, and not replicas"],
    ["guest-panicCountTotal", "calm", 0, "is 0 where the release would say more"],
    ["guest-panicCountTotal", "disks", undefined, "is absent where it might not"],
    ["guest-connectionsVncCount", "watched", 4, "adds up the replicas of the API, and not of Prometheus"],
    ["guest-connectionsVncCount", "half-scraped", 4, "counts a replica of the API that missed a scrape"],
    ["guest-stateCode", "moves", 1, "is running while the target of a migration waits paused"],
    ["guest-stateCode", "stands", 3, "is paused"],
    ["guest-connectionsVncCount", "disks", undefined, "is absent where nobody connected"],
    ["guest-addressCount", "v1.6", 3, "counts addresses of all interfaces"],
    ["guest-addressCount", "v1.4", 1, "counts addresses without interfaces"],
    ["guest-addressCount", "no address", 0, "is 0 for interfaces without any"],
    ["guest-stateCode", "paused", 3, "spells the state as v1.4 does"],
    ["guest-stateRunningBoolean", "paused", 0, "is 0 of one that is paused"],
    ["guest-stateRunningBoolean", "lost", undefined, "is absent where KubeVirt does not know"],
    ["guest-uptimeSeconds", "stopped", undefined, "is absent at 0"],
    ["guest-uptimeSeconds", "unconditional", undefined, "is absent at -1"],
  ] as const)("%s of %s is %s: it %s", async ([metric, name, value]) => {
    expect(await figureOf(metric, name)).toBe(value);
  });

  test.for([
    ["guest-filesystemFreeBytes", "half", "=", "vda", 70],
    ["guest-addressCount", "v1.6", "=", "default", 2],
    ["guest-addressCount", "v1.5", "=", "default", 1],
    ["guest-addressCount", "v1.5", "!=", "default", undefined],
    ["guest-addressCount", "v1.4", "!=", "default", undefined],
  ] as const)("%s of %s for devices %s %s is %s", async ([metric, name, op, value, figure]) => {
    expect(await figureOf(metric, name, [{ op, value }])).toBe(figure);
  });
});
