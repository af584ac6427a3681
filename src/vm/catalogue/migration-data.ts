import { duration, equals, known, promql, selector } from "../../promql/expression.ts";
import { collectd, type Exporter, virtHandlerBefore11, virtHandlerSince11 } from "../exporter.ts";
import { highest, lastOf, matchersOf, type Reading, scaled } from "./expressions.ts";
import { libvirtJobSource } from "./libvirt-job.ts";
import { type FigureWithTime, newestWithTime } from "./own-times.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

const milliseconds = 0.001;
const jobStats = "collectd's virt plugin with ExtraStats job_stats_background";
const unfed = "it needs collectd's virt plugin with ExtraStats job_stats_background";

/** Prometheus shows a sample for so long by default. */
const lookBackMs = 300_000;

/** What KubeVirt reports of a running migration, sampled every 5 seconds. */
function kubevirtSource(series: string, versions: string, exporter: Exporter = virtHandlerSince11): Source {
  return { series, versions, exporter, ...newestWithTime({ series }) };
}

/** A figure under the name that v1.1 brought, and under the one that it took away. */
function kubevirtSources(what: string, oldVersions: string): readonly Source[] {
  return [
    kubevirtSource(`kubevirt_vmi_migration_${what}`, "KubeVirt since v1.1"),
    kubevirtSource(`kubevirt_migrate_vmi_${what}`, oldVersions, virtHandlerBefore11),
  ];
}

/** One of the parameters of libvirt's job statistics, as collectd writes it, times a factor. */
export function collectdJobSource(parameter: string, factor?: number): Source {
  const { expression, time } = newestWithTime(jobStat(parameter));
  return {
    series: `collectd_virt_job_stats_total{virt="${parameter}"}`,
    versions: jobStats,
    exporter: collectd,
    expression: factor === undefined ? expression : scaled(expression, factor),
    time,
  };
}

function jobStat(parameter: string): Reading {
  return { series: "collectd_virt_job_stats_total", where: [equals(known("virt"), parameter)] };
}

/** collectd has the rate in pages, and the size of a page beside it. */
function collectdDirtyRate(): Source {
  const pages = collectdJobSource("memory_dirty_rate");
  return {
    ...pages,
    series: `${pages.series} * memory_page_size`,
    expression: (scope) => {
      const pageSize = highest(lastOf(jobStat("memory_page_size"), scope), scope.subject);
      return promql`(${pages.expression(scope)}) * on (${scope.subject}) ${pageSize}`;
    },
  };
}

const total: Reading = { series: "kubevirt_vmi_migration_data_bytes_total" };

/** v1.8 records the new name under the old one, with the time of the recording: a migration that is over would seem to go on. */
const totalBefore18 = unless(newestWithTime({ series: "kubevirt_vmi_migration_data_total_bytes" }), (scope) => {
  const written = selector(known(total.series), matchersOf(total, scope));
  return promql`last_over_time(${written}[${duration(scope.maxAgeMs + lookBackMs)}])`;
});

const totals: readonly Source[] = [
  kubevirtSource(total.series, "KubeVirt since v1.8"),
  {
    series: "kubevirt_vmi_migration_data_total_bytes",
    versions: "KubeVirt v1.5 to v1.7",
    exporter: virtHandlerSince11,
    ...totalBefore18,
  },
];
const processed = kubevirtSources("data_processed_bytes", "KubeVirt v0.53 to v1.0");
const remaining = kubevirtSources("data_remaining_bytes", "KubeVirt v0.53 to v1.0");

const memoryNamed = newestWithTime({ series: "kubevirt_vmi_migration_memory_transfer_rate_bytes" });
const diskNamed = newestWithTime({ series: "kubevirt_vmi_migration_disk_transfer_rate_bytes" });

const transferRates: readonly Source[] = [
  {
    series: "kubevirt_vmi_migration_memory_transfer_rate_bytes",
    versions: "KubeVirt since v1.7",
    exporter: virtHandlerSince11,
    // In v1.1 the two names are swapped: with one of the other name beside it, it is the disks' rate.
    ...unless(memoryNamed, (scope) => {
      const [memory, disk] = [memoryNamed.time(scope), diskNamed.time(scope)];
      return promql`(${disk}) >= on (${scope.subject}) (${memory})`;
    }),
  },
  {
    series: "kubevirt_vmi_migration_disk_transfer_rate_bytes",
    versions: "KubeVirt v1.1 to v1.6, where it is the memory's",
    exporter: virtHandlerSince11,
    ...diskNamed,
  },
  kubevirtSource("kubevirt_migrate_vmi_memory_transfer_rate_bytes", "KubeVirt v0.55 to v1.0", virtHandlerBefore11),
];

/** A figure of those virtual machines that do not have another one. */
function unless({ expression, time }: FigureWithTime, other: Expression): FigureWithTime {
  function without(figure: Expression): Expression {
    return (scope) => promql`(${figure(scope)}) unless on (${scope.subject}) (${other(scope)})`;
  }
  return { expression: without(expression), time: without(time) };
}

function migrationMetric(
  metric: Pick<VmMetric, "name" | "unit" | "help" | "seedRow" | "sources" | "proxy" | "unfed" | "additive">,
): VmMetric {
  return {
    ...metric,
    kind: "gauge",
    stability: "ALPHA",
    since: "0.1",
    ephemeral: true,
    unsuitable:
      "It is there only while the virtual machine migrates, and says how that goes: its load is another matter.",
  };
}

/** How far a migration's data have got; its memory is all of them unless disks are copied, too. */
interface Progress {
  readonly word: "Total" | "Processed" | "Remaining";
  readonly says: (what: string) => string;
  /** The seed rows of all data and of memory. */
  readonly seedRows: readonly [data: number, memory: number];
  readonly kubevirt: readonly Source[];
}

const progress: readonly Progress[] = [
  {
    word: "Total",
    says: (what) => `${what} that the live migration has to transfer`,
    seedRows: [29, 32],
    kubevirt: totals,
  },
  {
    word: "Processed",
    says: (what) => `${what} that the live migration has transferred`,
    seedRows: [30, 33],
    kubevirt: processed,
  },
  {
    word: "Remaining",
    says: (what) => `${what} that the live migration still has to transfer, which grows when the guest writes`,
    seedRows: [31, 34],
    kubevirt: remaining,
  },
];

function dataMetric({ word, says, seedRows: [seedRow], kubevirt }: Progress): VmMetric {
  return migrationMetric({
    name: `migration-data${word}Bytes`,
    unit: "Bytes",
    help: `${says("Bytes of memory and disks")}.`,
    seedRow,
    sources: [...kubevirt, ...jobSources("data", word)],
  });
}

function memoryMetric({ word, says, seedRows: [, seedRow], kubevirt }: Progress): VmMetric {
  return migrationMetric({
    name: `migration-memory${word}Bytes`,
    unit: "Bytes",
    help: `${says("Bytes of memory")}. KubeVirt says it of memory and disks together, which is the same with shared storage; while disks are copied, too, it is more.`,
    seedRow,
    proxy: true,
    sources: [...kubevirt, ...jobSources("memory", word)],
  });
}

function jobSources(what: "data" | "memory", word: Progress["word"]): readonly Source[] {
  const parameter = `${what}_${word.toLowerCase()}`;
  return [collectdJobSource(parameter), libvirtJobSource(`libvirt_domain_job_info_${parameter}_bytes`)];
}

/** How a live migration that runs gets on. */
export const migrationDataMetrics: readonly VmMetric[] = [
  migrationMetric({
    name: "migration-downtimeSeconds",
    unit: "Seconds",
    help: "For how long the guest would stand still if the live migration switched over, as libvirt expects it.",
    seedRow: 27,
    additive: false,
    unfed,
    sources: [collectdJobSource("downtime", milliseconds)],
  }),
  ...progress.map(dataMetric),
  ...progress.map(memoryMetric),
  migrationMetric({
    name: "migration-memoryTransferBytesPerSecond",
    unit: "BytesPerSecond",
    help: "Bytes of memory that the live migration transfers per second, as libvirt last measured it.",
    seedRow: 35,
    sources: [...transferRates, collectdJobSource("memory_bps")],
  }),
  migrationMetric({
    name: "migration-memoryConstantPages",
    unit: "Pages",
    help: "Memory pages that the live migration did not have to transfer, because they hold one repeated byte, mostly zero.",
    seedRow: 36,
    unfed,
    sources: [collectdJobSource("memory_constant")],
  }),
  migrationMetric({
    name: "migration-memoryCompressedBytes",
    unit: "Bytes",
    help: "Bytes of memory that the live migration transferred compressed (XBZRLE). KubeVirt does not turn that on, so it is 0.",
    seedRow: 37,
    unfed,
    sources: [collectdJobSource("compression_bytes")],
  }),
  migrationMetric({
    name: "migration-memoryDirtyBytesPerSecond",
    unit: "BytesPerSecond",
    help: "Bytes of memory that the guest writes to per second while it migrates, as libvirt last measured it. A live migration that transfers less than this per second does not come to an end. Outside of a migration memory-dirtyBytesPerSecond says it.",
    seedRow: 38,
    sources: [...kubevirtSources("dirty_memory_rate_bytes", "KubeVirt v0.53 to v1.0"), collectdDirtyRate()],
  }),
  migrationMetric({
    name: "migration-memoryIterationCount",
    unit: "Count",
    help: "How often the live migration has gone through the guest's memory to transfer what was written to meanwhile.",
    seedRow: 39,
    additive: false,
    unfed,
    sources: [collectdJobSource("memory_iteration")],
  }),
];
