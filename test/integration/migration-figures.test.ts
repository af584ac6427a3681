import { describe, expect, test } from "vitest";
import { migrationMetrics } from "../../src/vm/catalogue/migration.ts";
import { askedAt, differences, scraped, type SourceQuestion, timed } from "../support/catalogue-figures.ts";
import type { InputSeries } from "../support/promtool.ts";

/** What is asked, which series there are, and the figures by virtual machine. */
type Row = readonly [string, SourceQuestion, readonly InputSeries[], Readonly<Record<string, number>>];

async function check([, question, input, expected]: Row): Promise<void> {
  expect(await differences(migrationMetrics, question, input, expected)).toBe("");
}

const vm = 'namespace="shop",name="vm"';
const [begin, end] = ["kubevirt_vmi_migration_start_time_seconds", "kubevirt_vmi_migration_end_time_seconds"];
const runsNow = [scraped(`${begin}{${vm},migration_name="b"}`, 500, 510)];
const ended = [
  scraped(`${begin}{${vm},migration_name="a"}`, 200, 210),
  scraped(`${end}{${vm},migration_name="a",status="succeeded"}`, 260, 270),
];
const endedBefore = [
  scraped(`${begin}{${vm},migration_name="a"}`, 50, 60, 480),
  scraped(`${end}{${vm},migration_name="a",status="succeeded"}`, 260, 270, 480),
];
const endedAtOnce = [
  scraped(`${begin}{${vm},migration_name="a"}`, 200, 210, 480),
  scraped(`${end}{${vm},migration_name="a",status="succeeded"}`, 500, 510, 540),
];
const sameNameAgain = [
  scraped(`${begin}{${vm},migration_name="a"}`, (seconds) => (seconds < 510 ? 200 : 500), 210),
  scraped(`${end}{${vm},migration_name="a",status="succeeded"}`, 260, 270, 540),
];
const oldLeader = [
  timed(`${begin}{${vm},migration_name="a",instance="old"}`, 50, 60, 540),
  timed(`${end}{${vm},migration_name="a",instance="old"}`, 260, 270, 540),
];
const isReported = scraped(`kubevirt_vmi_info{${vm},phase="running",vmi_pod="virt-launcher-vm"}`, 1);
const isReportedByV14 = scraped(`kubevirt_vmi_info{${vm},phase="running"}`, 1);

describe("migration-timeElapsedSeconds", () => {
  const question: SourceQuestion = { metric: "migration-timeElapsedSeconds", source: "KubeVirt" };
  test.for<Row>([
    ["counts while the migration runs", question, runsNow, { vm: askedAt - 500 }],
    ["stays at what it took", question, ended, { vm: 60 }],
    [
      "is that of the second while the end of the first is remembered",
      question,
      [...endedBefore, ...runsNow],
      { vm: 105 },
    ],
    [
      "is that of the second when it began in the second in which the first ended",
      question,
      [...endedAtOnce, ...runsNow],
      { vm: 105 },
    ],
    ["is that of the second when it has the name of the first", question, sameNameAgain, { vm: 105 }],
    ["is what the new leader says", question, [...oldLeader, ...runsNow], { vm: 105 }],
    ["is not there without a migration", question, [isReported], {}],
  ])("%s", check);
});

describe("migration-activeBoolean", () => {
  const question: SourceQuestion = { metric: "migration-activeBoolean", source: "KubeVirt" };
  test.for<Row>([
    ["is 1 while a migration runs", question, [isReported, ...runsNow], { vm: 1 }],
    [
      "is 1 while the end of an earlier one is remembered",
      question,
      [isReported, ...endedBefore, ...runsNow],
      { vm: 1 },
    ],
    ["is 0 when it has ended", question, [isReported, ...ended], { vm: 0 }],
    ["is 0 of what never migrated", question, [isReported], { vm: 0 }],
    ["is not known of a version that does not say when migrations begin", question, [isReportedByV14], {}],
  ])("%s", check);
});

describe.for(["succeeded", "failed"])("migration-%sCount", (result) => {
  const question: SourceQuestion = { metric: `migration-${result}Count`, source: "KubeVirt since v1.3" };
  function found(vmim: string, replica = "a", to?: number): InputSeries {
    const labels = `namespace="shop",vmi="vm",vmim="${vmim}",prometheus_replica="${replica}"`;
    return scraped(`kubevirt_vmi_migration_${result}{${labels}}`, 1, 0, to);
  }
  test.for<Row>([
    ["counts migrations", question, [isReportedByV14, found("a"), found("b")], { vm: 2 }],
    [
      "counts them once in two replicas of Prometheus",
      question,
      [isReportedByV14, found("a"), found("a", "b")],
      { vm: 1 },
    ],
    [
      "does not count those that were deleted",
      question,
      [isReportedByV14, found("a"), found("b", "a", 540)],
      { vm: 1 },
    ],
    ["is 0 of what is reported without", question, [isReportedByV14], { vm: 0 }],
    ["is not known of what is not reported", question, [found("a")], {}],
  ])("%s", check);
});

describe("the rate at which memory is transferred", () => {
  const memory = "kubevirt_vmi_migration_memory_transfer_rate_bytes";
  const disk = "kubevirt_vmi_migration_disk_transfer_rate_bytes";
  const metric = "migration-memoryTransferBytesPerSecond";
  const byMemory: SourceQuestion = { metric, source: memory };
  const byDisk: SourceQuestion = { metric, source: disk };
  const v11 = [scraped(`${memory}{${vm},node="n1"}`, 777), scraped(`${disk}{${vm},node="n1"}`, 67)];
  const v11Ended = [
    scraped(`${memory}{${vm},node="n1"}`, 777, 480, 540),
    scraped(`${disk}{${vm},node="n1"}`, 67, 480, 540),
  ];
  const v16 = [timed(`${disk}{${vm},node="n1"}`, 67, 500, 580)];
  const v17 = [timed(`${memory}{${vm},node="n2"}`, 67, 500, 600)];
  test.for<Row>([
    ["is under the disks' name in v1.1", byDisk, v11, { vm: 67 }],
    ["is not the disks' rate of v1.1", byMemory, v11, {}],
    ["is not the disks' rate of v1.1 after its end", byMemory, v11Ended, {}],
    ["is the memory's of v1.1 after its end", byDisk, v11Ended, { vm: 67 }],
    ["is under the disks' name in v1.6", byDisk, v16, { vm: 67 }],
    ["is under its own name from v1.7 on", byMemory, v17, { vm: 67 }],
    [
      "is the newer one after an upgrade",
      byMemory,
      [timed(`${disk}{${vm},node="n1"}`, 9, 480, 550), ...v17],
      { vm: 67 },
    ],
    ["is as old as its newest sample", { ...byDisk, time: true }, v16, { vm: 580 }],
    ["has no time where it has no value", { ...byMemory, time: true }, v11, {}],
    [
      "is that of the newer of two migrations",
      byDisk,
      [timed(`${disk}{${vm},node="n0"}`, 900, 490, 530), ...v16],
      { vm: 67 },
    ],
    [
      "is under the old name before v1.1",
      { metric, source: "kubevirt_migrate" },
      [scraped(`kubevirt_migrate_vmi_memory_transfer_rate_bytes{${vm},node="n1"}`, 5)],
      { vm: 5 },
    ],
  ])("%s", check);
});

describe.for(["data", "memory"])("migration-%sTotalBytes", (what) => {
  const metric = `migration-${what}TotalBytes`;
  const recorded = scraped(`kubevirt_vmi_migration_data_total_bytes{${vm},node="n1"}`, 8);
  const isOver = [timed(`kubevirt_vmi_migration_data_bytes_total{${vm},node="n1"}`, 8, 200, 310), recorded];
  test.for<Row>([
    ["is under the old name up to v1.7", { metric, source: "KubeVirt v1.5 to v1.7" }, [recorded], { vm: 8 }],
    [
      "is not what v1.8 still records of a migration that is over",
      { metric, source: "KubeVirt v1.5 to v1.7" },
      isOver,
      {},
    ],
    ["is nothing of v1.8 when the migration is long over", { metric, source: "KubeVirt since v1.8" }, isOver, {}],
  ])("%s", check);
});

describe("the libvirt exporter's figures of a job", () => {
  const domain = 'domain="shop_vm",job="libvirt"';
  const metric = "migration-memoryRemainingBytes";
  const question: SourceQuestion = { metric, source: "libvirt" };
  function seen(
    instance: string,
    type: (seconds: number) => number,
    remaining: (seconds: number) => number,
    to?: number,
  ) {
    const labels = `${domain},instance="${instance}"`;
    return [
      scraped(`libvirt_domain_job_info_type{${labels}}`, type, 0, to),
      scraped(`libvirt_domain_job_info_memory_remaining_bytes{${labels}}`, remaining, 0, to),
      scraped(`libvirt_domain_job_info_time_elapsed_seconds{${labels}}`, (seconds) => 1_000 * (seconds - 500), 0, to),
    ];
  }
  const idle = seen(
    "n2",
    () => 0,
    () => 0,
  );
  const migrating = seen(
    "n1",
    (seconds) => (seconds < 500 ? 0 : 2),
    (seconds) => Math.max(0, 700 - seconds),
  );
  const failed = seen(
    "n1",
    (seconds) => (seconds < 500 || seconds > 550 ? 0 : 2),
    (seconds) => Math.max(0, 700 - seconds),
  );
  const moved = seen(
    "n1",
    (seconds) => (seconds < 500 ? 0 : 2),
    (seconds) => Math.max(0, 700 - seconds),
    570,
  );
  test.for<Row>([
    ["are not the zeros of what does not migrate", question, idle, {}],
    ["are there while it migrates", question, migrating, { vm: 100 }],
    ["are the source's while the target has none", question, [...migrating, ...idle], { vm: 100 }],
    ["stay with their last value when it failed", question, failed, { vm: 160 }],
    ["stay with their last time when it failed", { ...question, time: true }, failed, { vm: 540 }],
    ["stay when it moved away", question, [...moved, ...idle], { vm: 130 }],
    ["stay with their time when it moved away", { ...question, time: true }, [...moved, ...idle], { vm: 570 }],
    [
      "have the time in milliseconds",
      { metric: "migration-timeElapsedSeconds", source: "libvirt" },
      migrating,
      { vm: 100 },
    ],
  ])("%s", check);
});

describe("collectd's figures of a job", () => {
  function stat(virt: string, value: number, to?: number): InputSeries {
    return timed(
      `collectd_virt_job_stats_total{exported_instance="shop_vm",virt="${virt}",job="collectd"}`,
      value,
      500,
      to,
    );
  }
  const job = [
    stat("memory_dirty_rate", 3),
    stat("memory_page_size", 4_096),
    stat("memory_iteration", 2),
    stat("downtime", 300, 570),
  ];
  test.for<Row>([
    [
      "have the dirty rate in pages",
      { metric: "migration-memoryDirtyBytesPerSecond", source: "collectd" },
      job,
      { vm: 12_288 },
    ],
    [
      "have no dirty rate without a page size",
      { metric: "migration-memoryDirtyBytesPerSecond", source: "collectd" },
      job.slice(0, 1),
      {},
    ],
    ["have times in milliseconds", { metric: "migration-downtimeSeconds", source: "collectd" }, job, { vm: 0.3 }],
    [
      "have times of their own",
      { metric: "migration-downtimeSeconds", source: "collectd", time: true },
      job,
      { vm: 570 },
    ],
    ["are read by their names", { metric: "migration-memoryIterationCount", source: "collectd" }, job, { vm: 2 }],
  ])("%s", check);
});
