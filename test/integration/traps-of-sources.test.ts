import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import {
  counter,
  domain,
  domainReads,
  family,
  gauge,
  known,
  leader,
  type Life,
  machine,
  machineReads,
  n1,
  seen,
  type Told,
} from "../support/told.ts";
import { ask, questionsOf, startTraps, type Trap } from "../support/traps.ts";

const claim = "kubevirt_vm_disk_allocated_size_bytes";
const used = "kubelet_volume_stats_used_bytes";

function disk(device: string, persistentvolumeclaim: string): Told {
  return gauge(claim, 100, { ...leader, device, persistentvolumeclaim });
}

/** Which virtual machine uses a claim, kubelets do not say. */
function volume(persistentvolumeclaim: string, bytes: number, node = "n1", life: Life = {}): Told {
  return gauge(used, bytes, { job: "kubelet", name: "", node, persistentvolumeclaim }, life);
}

const devices: readonly Trap[] = [
  {
    what: "two virtual machines share a claim",
    series: [seen, known, disk("root", "root-1"), disk("data", "shared"), volume("root-1", 1), volume("shared", 20)],
    reads: { "storage-deviceAllocationBytes": 21, "storage-deviceAllocationBytes drive=data": 20 },
  },
  {
    what: "two virtual machines share a claim: the other one",
    series: [seen, known, disk("root", "root-2"), disk("data", "shared"), volume("root-2", 2)],
    reads: { "storage-deviceAllocationBytes": 22 },
  },
  {
    what: "a claim is known of two kubelets after a migration",
    series: [seen, known, disk("root", "moved"), volume("moved", 9, "n1", { to: 60 }), volume("moved", 5, "n2")],
    reads: { "storage-deviceAllocationBytes": 5 },
  },
  {
    what: "a claim is not measured",
    series: [seen, known, disk("root", "measured"), disk("data", "not-measured"), volume("measured", 9)],
    reads: { "storage-deviceAllocationBytes": "notReported" },
  },
  {
    what: "a claim of volume mode Block is said to use 0",
    series: [seen, known, disk("root", "files"), disk("data", "block"), volume("files", 7), volume("block", 0)],
    reads: { "storage-deviceAllocationBytes": "notReported", "storage-deviceAllocationBytes drive=root": 7 },
  },
  {
    what: "devices have names of all kinds",
    series: [
      seen,
      ...["Data_1.a", "Data_1xa", "a.b+c", "a.bbc"].map((drive, index) =>
        counter("kubevirt_vmi_storage_read_traffic_bytes_total", 10 ** index, { ...n1, drive }),
      ),
      ...["Net_1-a", "net_1-a"].map((name, index) => counter(family.received, 10 ** index, { ...n1, interface: name })),
    ],
    reads: {
      "storage-readBytesPerSecond": 1111,
      "storage-readBytesPerSecond drive=Data_1.a": 1,
      "storage-readBytesPerSecond drive!=Data_1.a": 1110,
      "storage-readBytesPerSecond drive in (Data_1.a, a.bbc)": 1001,
      "storage-readBytesPerSecond drive notin (Data_1.a)": 1110,
      "storage_Data_1.a-readBytesPerSecond": 1,
      "storage_a.b+c-readBytesPerSecond": 100,
      "network_Net_1-a-receiveBytesPerSecond": 1,
      "network_net_1-a-receiveBytesPerSecond": 10,
    },
  },
];

const silent: readonly Trap[] = [
  {
    what: "QEMU hangs",
    pool: "one-hangs",
    series: [...domain(n1, { to: 200 }), ...machine(leader)],
    reads: {
      ...machineReads,
      "cpu-usageCores": "stale",
      "network-receiveBytesPerSecond": "stale",
      "memory-residentBytes": "stale",
      "vcpu-currentCount": "stale",
      "guest-stateRunningBoolean": 1,
    },
  },
  {
    what: "QEMU does not hang",
    pool: "one-hangs",
    series: [...domain(n1), ...machine(leader)],
    reads: { ...domainReads, ...machineReads },
  },
  {
    what: "QEMU hangs for a moment",
    series: domain(n1, { to: 60 }),
    reads: { "cpu-usageCores": 1, "memory-residentBytes": 700 },
  },
  {
    what: "the guest's agent stops",
    series: [
      seen,
      ...["capacity", "used"].map((size) =>
        gauge(
          `kubevirt_vmi_filesystem_${size}_bytes`,
          5,
          { ...n1, disk_name: "vda", mount_point: "/", file_system_type: "ext4" },
          { to: 90 },
        ),
      ),
      gauge("kubevirt_vmi_guest_load_1m", 3, n1, { to: 90 }),
    ],
    reads: { "guest-filesystemFreeBytes": "notReported", "guest-load1mProcesses": "notReported" },
  },
  {
    what: "virt-controller says nothing of the whole cluster",
    series: [...domain(n1), ...machine(leader, { to: 200 })],
    reads: {
      ...domainReads,
      "guest-stateCode": "stale",
      "migration-succeededCount": "stale",
      "memory-balloonMaximumBytes": "stale",
    },
  },
  {
    what: "it is stopped",
    stopped: true,
    series: machine(leader).filter(({ family: series }) => series.startsWith("kubevirt_vm_")),
    reads: {},
  },
  {
    what: "results of migrations are without a namespace before v1.3",
    namespace: "kubevirt",
    series: [
      seen,
      gauge("kubevirt_vmi_non_evictable", 0, leader),
      gauge("kubevirt_vmi_migration_succeeded", 1, { ...leader, vmim: "of one of that name in another namespace" }),
    ],
    reads: { "migration-succeededCount": "notReported", "migration-failedCount": "notReported" },
  },
];

/** What is asked of others than instances, and the answer. */
const others = [
  ["virtualmachinepools", "one-hangs", "cpu-usageCores", "coverage"],
  ["virtualmachinepools", "one-hangs", "memory-residentBytes", "coverage"],
  ["virtualmachinepools", "one-hangs", "guest-stateMinimumCode", 1],
  ["virtualmachines", "it-is-stopped", "cpu-usageCores", "notRunning"],
  ["virtualmachines", "it-is-stopped", "memory-balloonMaximumBytes", "notRunning"],
  ["virtualmachines", "it-is-stopped", "guest-stateCode", "notRunning"],
] as const;

const atNode = { instance: "n1:9103" } as const;

const foreign: readonly Trap[] = [
  {
    what: "collectd counts in nanoseconds, in microseconds that it calls milliseconds, in KiB and in pages",
    series: [
      counter("collectd_virt_virt_cpu_total_total", 2e9, atNode),
      counter("collectd_virt_ps_cputime_user_total", 1e9, atNode),
      counter("collectd_virt_ps_cputime_syst_total", 0.5e9, atNode),
      counter("collectd_virt_virt_vcpu_total", 1.5e9, { ...atNode, virt: "0" }),
      counter("collectd_virt_disk_time_read_total", 0.1e9, { ...atNode, virt: "vda" }),
      counter("collectd_virt_disk_ops_read_total", 10, { ...atNode, virt: "vda" }),
      counter("collectd_virt_total_time_in_ms_total", 0.2e6, { ...atNode, virt: "flush-vda" }),
      counter("collectd_virt_swap_io_total", 3, { ...atNode, virt: "in" }),
      ...Object.entries({
        memory_dirty_rate: 5,
        memory_page_size: 4096,
        downtime: 300,
        time_elapsed: 4000,
        memory_remaining: 77,
        memory_constant: 6,
        memory_bps: 55,
      }).map(([virt, value]) => gauge("collectd_virt_job_stats_total", value, { ...atNode, virt })),
    ],
    migration: { from: 580 },
    reads: {
      "cpu-usageCores": 2,
      "cpu-usageUserCores": 1,
      "cpu-usageSystemCores": 0.5,
      "cpu-timeSecondsTotal": 2 * 593,
      "vcpu-usageCores": 1.5,
      "storage-readTimeSecondsPerSecond": 0.1,
      "storage-readLatencySeconds": 0.01,
      "storage-flushTimeSecondsPerSecond": 0.2,
      "guest-memorySwapInBytesPerSecond": 3 * 1024,
      "migration-memoryDirtyBytesPerSecond": 5 * 4096,
      "migration-downtimeSeconds": 0.3,
      "migration-timeElapsedSeconds": 4,
      "migration-memoryRemainingBytes": 77,
      "migration-memoryConstantPages": 6,
      "migration-memoryTransferBytesPerSecond": 55,
    },
  },
  ...(
    [
      ["a", "b-c", 1],
      ["a-b", "c", 2],
      ["a", "b.c", 3],
      ["a", "bxc", 4],
      ["a-a", "b-c", 5],
    ] as const
  ).map(([namespace, name, cores]) => ({
    what: `${name} of namespace ${namespace} has a domain`,
    namespace,
    name,
    series: [
      counter("libvirt_domain_info_cpu_time_seconds_total", cores, { instance: "n1:9177" }),
      counter("collectd_virt_virt_cpu_total_total", cores * 1e9, atNode),
      gauge("libvirt_domain_memory_stats_rss_bytes", 100 * cores, { instance: "n1:9177" }),
    ],
    reads: { "cpu-usageCores": cores, "memory-residentBytes": 100 * cores },
  })),
];

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  provider = await startTraps([...devices, ...silent, ...foreign], supervisor);
});

afterAll(async () => {
  await supervisor.stop();
});

describe.for([
  ["devices", devices],
  ["what says nothing", silent],
  ["other exporters", foreign],
] as const)("%s", ([, traps]) => {
  test.for(questionsOf(traps))("%s: %s is %s", async ([, question, answer, object]) => {
    expect(await ask(provider, question, object)).toBe(answer);
  });
});

test.for(others)("of %s %s, %s is %s", async ([resource, name, question, answer]) => {
  const group = resource === "virtualmachinepools" ? "pool.kubevirt.io" : "kubevirt.io";
  expect(await ask(provider, question, { group, resource, name })).toBe(answer);
});
