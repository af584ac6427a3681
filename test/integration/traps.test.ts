import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import {
  counter,
  domain,
  domainReads,
  onlyIn,
  family,
  gauge,
  type Labels,
  known,
  leader,
  machine,
  machineReads,
  n1,
  n2,
  oldLeader,
  polled,
  seen,
  type Told,
} from "../support/told.ts";
import { ask, questionsOf, startTraps, type Trap, trapsAtMs } from "../support/traps.ts";

const nowSeconds = trapsAtMs / 1_000;
const remaining = "data_remaining_bytes";
const [memoryRate, diskRate] = ["memory_transfer_rate_bytes", "disk_transfer_rate_bytes"] as const;

const misnamed: readonly Trap[] = [
  {
    what: "available is not what is free",
    series: [
      seen,
      gauge("kubevirt_vmi_memory_available_bytes", 800, n1),
      gauge("kubevirt_vmi_memory_unused_bytes", 100, n1),
      gauge("kubevirt_vmi_memory_usable_bytes", 500, n1),
    ],
    reads: {
      "guest-memoryTotalBytes": 800,
      "guest-memoryFreeBytes": 100,
      "guest-memoryUsableBytes": 500,
      "guest-memoryUsedBytes": 300,
      "guest-memoryUsedRatio": 0.375,
    },
  },
  {
    what: "the size of a migration is called a counter",
    series: [seen, polled("data_bytes_total", (ago) => (ago > 30 ? 8e9 : 6e9), { from: 90 })],
    migration: { from: 100 },
    reads: { "migration-dataTotalBytes": 6e9, "migration-memoryTotalBytes": 6e9 },
  },
  {
    what: "swap traffic is called a gauge",
    series: [
      seen,
      counter("kubevirt_vmi_memory_swap_in_traffic_bytes", 5, n1),
      counter("kubevirt_vmi_memory_swap_out_traffic_bytes", 0, n1),
    ],
    reads: { "guest-memorySwapInBytesPerSecond": 5, "guest-memorySwapOutBytesPerSecond": 0 },
  },
  ...(
    [
      [nowSeconds - 300, 300],
      [0, "notReported"],
      [-1, "notReported"],
    ] as const
  ).map(([value, uptime]) => ({
    what: `a time that is called a counter is ${value > 0 ? "a time" : value}`,
    series: [seen, known, gauge("kubevirt_vm_running_status_last_transition_timestamp_seconds", value, leader)],
    reads: { "guest-uptimeSeconds": uptime },
  })),
  {
    what: "memory is transferred under the name of disks in v1.6",
    series: [seen, polled(diskRate, 67, { from: 90 })],
    migration: { from: 100 },
    reads: { "migration-memoryTransferBytesPerSecond": 67 },
  },
  {
    what: "the names of the two transfer rates are swapped in v1.1",
    series: [seen, polled(diskRate, 67, { every: 30 }), polled(memoryRate, 777, { every: 30 })],
    migration: { from: 100 },
    reads: { "migration-memoryTransferBytesPerSecond": 67 },
  },
  {
    what: "memory is transferred under its own name in v1.7",
    series: [seen, polled(memoryRate, 67, { from: 90 })],
    migration: { from: 100 },
    reads: { "migration-memoryTransferBytesPerSecond": 67 },
  },
  {
    what: "a paused machine is spelt in capitals in v1.4",
    series: [seen, known, gauge("kubevirt_vm_info", 1, { ...leader, status: "Paused", status_group: "non_running" })],
    reads: { "guest-stateCode": 3, "guest-stateRunningBoolean": 0 },
  },
];

/** Bits of chance that are always the same. */
const coins = [0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0];

const churning: readonly Trap[] = [
  {
    what: "a vCPU's state label flips",
    series: [
      seen,
      ...onlyIn([counter(family.vcpu, 1, { ...n1, id: "0" })], { state: "running" }, (scrape) => scrape % 3 !== 1),
      ...onlyIn([counter(family.vcpu, 1, { ...n1, id: "0" })], { state: "blocked" }, (scrape) => scrape % 3 === 1),
    ],
    reads: {
      "vcpu-usageCores": 1,
      "vcpu-usageCores vcpu=0": 1,
      "vcpu-currentCount": 1,
      "vcpu-stateCode": 2,
      "vcpu-timeSecondsTotal": 593,
    },
  },
  {
    what: "a label changes in the middle of a window",
    series: [
      ...onlyIn(domain(n1), { kubernetes_vmi_label_kubevirt_io_nodeName: "n1" }, (scrape) => scrape < 17),
      ...onlyIn(domain(n1), { kubernetes_vmi_label_kubevirt_io_nodeName: "n2" }, (scrape) => scrape >= 17),
    ],
    pool: "whatever-happens",
    reads: domainReads,
  },
  {
    what: "what virt-controller says is in labels and changes",
    series: [
      seen,
      ...change("kubevirt_vmi_info", { phase: "scheduled" }, { phase: "running" }),
      ...change("kubevirt_vm_info", { status: "paused" }, { status: "running" }),
      ...change("kubevirt_vmi_status_addresses", { vnic_name: "a", address: "1" }, { vnic_name: "a", address: "2" }),
      ...change("kubevirt_vmi_vnic_info", { vnic_name: "a" }, { vnic_name: "b" }),
    ],
    reads: { "guest-stateCode": 1, "guest-addressCount": 1, "network-interfaceCount": 1 },
  },
  {
    what: "two labels fall together and one wins by chance at each scrape",
    series: ["x", "y"].flatMap((value, side) =>
      onlyIn(domain(n1), { kubernetes_vmi_label_app_kubernetes_io_name: value }, (scrape) => coins[scrape] === side),
    ),
    pool: "whatever-happens",
    reads: domainReads,
  },
  {
    what: "seconds become milliseconds under the same labels",
    series: [
      seen,
      gauge(family.vcpu, (ago) => 0.5 * (600 - ago) * (ago > 60 ? 1 : 1_000), { ...n1, id: "0", state: "running" }),
    ],
    reads: { "vcpu-usageCores": 0.5 },
  },
];

/** What is written of one thing until half a minute ago, and since then of another; nobody says that the first has ended. */
function change(series: string, before: Labels, after: Labels): readonly Told[] {
  return [
    gauge(series, 1, { ...leader, ...before }, { to: 30 }),
    gauge(series, 1, { ...leader, ...after }, { from: 30 }),
  ];
}

const moving: readonly Trap[] = [
  {
    what: "the source of a migration reports for a while beside the target",
    series: [...domain(n1, { to: 30 }), ...domain(n2, { from: 120, late: 22 })],
    pool: "whatever-happens",
    reads: domainReads,
  },
  {
    what: "the source of a migration has long ended and nobody says so",
    series: [...domain(n1, { to: 180 }), ...domain(n2, { from: 190, late: 11 })],
    pool: "whatever-happens",
    reads: { ...domainReads, "network-receiveBytesTotal": 30 * 179, "vcpu-timeSecondsTotal": 0.75 * 179 },
  },
  {
    what: "a counter begins again where it is",
    series: [gauge(family.cpu, (ago) => (ago > 60 ? 5_000 : 0) + (600 - ago), n1)],
    reads: { "cpu-usageCores": 1, "cpu-timeSecondsTotal": 593 },
  },
  {
    what: "a migration is remembered under two nodes",
    series: [
      seen,
      known,
      ...[
        gauge("kubevirt_vmi_migration_start_time_seconds", nowSeconds - 150, { ...leader, migration_name: "m" }),
        gauge("kubevirt_vmi_migration_end_time_seconds", nowSeconds - 90, { ...leader, migration_name: "m" }),
      ].flatMap((told) => [
        ...onlyIn([told], n1, (scrape) => scrape < 17),
        ...onlyIn([told], n2, (scrape) => scrape >= 17),
      ]),
    ],
    migration: { from: 150, to: 90 },
    reads: {
      "migration-timeElapsedSeconds": 60,
      "migration-activeBoolean": 0,
      "migration-dataRemainingBytes": "noMigration",
    },
  },
  {
    what: "many samples of a migration come in one scrape",
    series: [seen, polled(remaining, (ago) => 10 * ago, { from: 90 })],
    migration: { from: 100 },
    reads: { "migration-dataRemainingBytes": 20 },
  },
  {
    what: "samples of a migration come in bursts",
    series: [
      seen,
      polled(remaining, (ago) => ago, { from: 160, to: 140 }),
      polled(remaining, (ago) => ago, { from: 70, to: 60 }, { ...n1, x: "y" }),
    ],
    migration: { from: 170 },
    reads: { "migration-dataRemainingBytes": 62 },
  },
  {
    what: "the dirty rate pauses while it migrates",
    series: [
      seen,
      gauge("kubevirt_vmi_dirty_rate_bytes_per_second", 9, n1, { to: 90 }),
      polled("dirty_memory_rate_bytes", 8, { from: 90 }),
    ],
    migration: { from: 100 },
    reads: { "memory-dirtyBytesPerSecond": "notReported", "migration-memoryDirtyBytesPerSecond": 8 },
  },
];

const [replicaA, replicaB] = [{ prometheus_replica: "a" }, { prometheus_replica: "b" }] as const;

/** The same series with further labels. */
function labelled(series: readonly Told[], further: Labels): readonly Told[] {
  return series.map((told) => ({ ...told, labels: { ...told.labels, ...further } }));
}

const twice: readonly Trap[] = [
  {
    what: "a second exporter writes the same series",
    series: [...domain(n1), ...domain({ job: "observability" }, { late: 12 })],
    pool: "whatever-happens",
    reads: domainReads,
  },
  {
    what: "a second exporter writes the same series and has just begun",
    series: [...domain(n1), ...domain({ job: "observability" }, { from: 45, late: 12 })],
    reads: { ...domainReads, "network-receiveBytesTotal": 30 * 593 },
  },
  {
    what: "a second exporter is scraped half as often",
    namespace: "slow",
    series: [...domain(n1), ...domain({ job: "observability" }, { every: 60, late: 40 })],
    reads: domainReads,
  },
  {
    what: "two replicas of Prometheus see a migration",
    series: [replicaA, replicaB].flatMap((replica, index) => [
      ...labelled([seen], replica),
      polled(remaining, (ago) => ago, { from: 90, to: 10 * index }, { ...n1, ...replica }),
    ]),
    migration: { from: 100 },
    reads: { "migration-dataRemainingBytes": 2 },
  },
  {
    what: "two replicas of Prometheus see the same",
    series: [
      ...labelled([...domain(n1), ...machine(leader)], replicaA),
      ...labelled([...domain(n1, { late: 19 }), ...machine(leader, { late: 19 })], replicaB),
    ],
    reads: { ...domainReads, ...machineReads },
  },
  {
    what: "virt-controller has a new leader and the old one is still seen",
    series: [seen, ...machine(oldLeader, { to: 30, late: 9 }), ...machine(leader, { from: 40 })],
    reads: machineReads,
  },
  {
    what: "the old leader knew otherwise",
    series: [
      seen,
      ...machine(leader, { from: 40 }),
      gauge("kubevirt_vm_info", 1, { ...leader, status: "running" }, { from: 40 }),
      gauge("kubevirt_vm_info", 1, { ...oldLeader, status: "paused" }, { to: 30, late: 9 }),
      gauge("kubevirt_vmi_status_addresses", 1, { ...oldLeader, address: "10.0.0.2" }, { to: 30, late: 9 }),
      gauge("kubevirt_vmi_migration_succeeded", 1, { ...oldLeader, vmim: "deleted" }, { to: 30, late: 9 }),
      gauge("kubevirt_vmi_vnic_info", 1, { ...oldLeader, vnic_name: "unplugged" }, { to: 30, late: 9 }),
    ],
    reads: machineReads,
  },
];

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  provider = await startTraps([...misnamed, ...churning, ...moving, ...twice], supervisor);
});

afterAll(async () => {
  await supervisor.stop();
});

describe.for([
  ["names and types that mislead", misnamed],
  ["labels that change", churning],
  ["live migrations", moving],
  ["what is written twice", twice],
] as const)("%s", ([, traps]) => {
  test.for(questionsOf(traps))("%s: %s is %s", async ([, question, answer, object]) => {
    expect(await ask(provider, question, object)).toBe(answer);
  });
});

test.for([
  ["cpu-usageCores", 5],
  ["cpu-usageAverageRatio", 0.5],
  ["network-receiveBytesPerSecond", 150],
  ["network_second-receiveBytesPerSecond", 100],
  ["vcpu-currentCount", 10],
  ["memory-residentBytes", 3500],
] as const)("of a pool of those that are in order in spite of it, %s is %d", async ([metric, value]) => {
  const pool = { group: "pool.kubevirt.io", resource: "virtualmachinepools", name: "whatever-happens" };
  expect(await ask(provider, metric, pool)).toBe(value);
});
