import type { BaseUnit } from "../../naming/unit.ts";
import { known, type Matcher } from "../../promql/expression.ts";
import { virtHandler, virtHandlerBefore11, virtHandlerSince11 } from "../exporter.ts";
import { type CounterSource, counterMetrics } from "./counters.ts";
import { collectdCounter, collectdDevice, libvirtCounter, ofKumina } from "./foreign-devices.ts";
import { olderCounters } from "./older-names.ts";
import type { VmMetric } from "./vm-metric.ts";

/** What a drive does for a virtual machine. */
type Operation = "read" | "write" | "flush";

/** What is counted at the drives. */
interface Counted {
  /** The metrics' names without `PerSecond` and `Total`. */
  readonly name: string;
  readonly unit: BaseUnit;
  readonly seedRow: number;
  /** What is counted, for people. */
  readonly says: string;
  /** A further sentence on the rate. */
  readonly note?: string;
  readonly counters: readonly CounterSource[];
}

const [milliseconds, microseconds, nanoseconds] = [1e-3, 1e-6, 1e-9];
const extraStatsDisk = "collectd's virt plugin with ExtraStats disk";
const all = "over all its drives";

/** Where the time that operations take is counted. */
interface TimeCounters {
  readonly since11: CounterSource;
  readonly before11: CounterSource;
  readonly collectd: CounterSource;
  readonly libvirt: CounterSource;
  readonly kumina: CounterSource;
}

/** Where operations are counted. KubeVirt's name is the same in all versions. */
interface OperationCounters {
  readonly kubevirt: CounterSource;
  readonly collectd: CounterSource;
  readonly libvirt: CounterSource;
}

/** The counters of read or write operations. */
export function operationsOf(operation: "read" | "write"): OperationCounters {
  return {
    kubevirt: kubevirtCounter(`kubevirt_vmi_storage_iops_${operation}_total`),
    collectd: collectdCounter(`collectd_virt_disk_ops_${operation}_total`),
    libvirt: libvirtCounter(`libvirt_domain_block_stats_${operation}_requests_total`),
  };
}

/** The counters of the time that operations take. collectd's of flushes is in microseconds in spite of its name. */
export function timesOf(operation: Operation): TimeCounters {
  const time = `kubevirt_vmi_storage_${operation}_times`;
  return {
    since11: {
      versions: "KubeVirt since v1.1",
      exporter: virtHandlerSince11,
      reading: drives(`${time}_seconds_total`),
    },
    before11: {
      versions: "KubeVirt v0.41 to v1.0, milliseconds",
      exporter: virtHandlerBefore11,
      reading: drives(`${time}_ms_total`),
      factor: milliseconds,
    },
    collectd:
      operation === "flush"
        ? { ...collectdFlushes("collectd_virt_total_time_in_ms_total"), factor: microseconds }
        : collectdCounter(`collectd_virt_disk_time_${operation}_total`, {
            versions: extraStatsDisk,
            factor: nanoseconds,
          }),
    libvirt: libvirtCounter(`libvirt_domain_block_stats_${operation}_time_seconds_total`),
    kumina: libvirtCounter(`libvirt_domain_block_stats_${operation}_seconds_total`, ofKumina),
  };
}

function kubevirtCounter(series: string): CounterSource {
  return { versions: "KubeVirt since v0.41", exporter: virtHandler, reading: drives(series) };
}

function drives(series: string): CounterSource["reading"] {
  return { series, device: "drive" };
}

/** collectd counts flushes among others, of a device that it calls `flush-vda`. */
function collectdFlushes(series: string): CounterSource {
  const flushes: Matcher = { label: known(collectdDevice), op: "=~", value: "flush-.+" };
  const reading = { series, device: collectdDevice, where: [flushes] };
  return collectdCounter(series, { versions: extraStatsDisk, reading });
}

function metricsOf({ name, unit, seedRow, says, note = "", counters }: Counted): readonly VmMetric[] {
  return counterMetrics({
    rate: { name: `${name}PerSecond`, unit: `${unit}PerSecond`, help: `${says} per second, ${all}.${note}` },
    total: {
      name: `${name}Total`,
      unit: `${unit}Total`,
      help: `${says} since it began to run where it runs, ${all}.`,
    },
    seedRow,
    device: "drive",
    counters,
  });
}

function operations(operation: "read" | "write"): Counted {
  const { kubevirt, collectd, libvirt } = operationsOf(operation);
  return {
    name: `storage-${operation}Operations`,
    unit: "Operations",
    seedRow: 8,
    says: `Completed ${operation} operations of the virtual machine`,
    counters: [
      kubevirt,
      collectd,
      libvirt,
      ...olderCounters({ what: "storage_iops", type: operation, device: "drive", before20: "KubeVirt v0.15 to v0.19" }),
    ],
  };
}

function bytes(operation: "read" | "write"): Counted {
  return {
    name: `storage-${operation}Bytes`,
    unit: "Bytes",
    seedRow: 9,
    says: operation === "read" ? "Bytes read by the virtual machine" : "Bytes written by the virtual machine",
    counters: [
      kubevirtCounter(`kubevirt_vmi_storage_${operation}_traffic_bytes_total`),
      collectdCounter(`collectd_virt_disk_octets_${operation}_total`),
      libvirtCounter(`libvirt_domain_block_stats_${operation}_bytes_total`),
      ...olderCounters({
        what: "storage_traffic_bytes",
        type: operation,
        device: "drive",
        before20: "KubeVirt v0.16 to v0.19",
      }),
    ],
  };
}

function times(operation: Operation, seedRow: number): Counted {
  return {
    name: `storage-${operation}TimeSeconds`,
    unit: "Seconds",
    seedRow,
    says: `Time taken by completed ${operation} operations of the virtual machine`,
    note: " Operations that run at the same time count each, so it is the mean number of operations in flight and can exceed 1.",
    counters: Object.values(timesOf(operation)),
  };
}

const flushes: Counted = {
  name: "storage-flushOperations",
  unit: "Operations",
  seedRow: 11,
  says: "Completed flush operations of the virtual machine",
  note: " Each is a program or file system that waits until its data are safe.",
  counters: [
    kubevirtCounter("kubevirt_vmi_storage_flush_requests_total"),
    collectdFlushes("collectd_virt_total_requests_total"),
    libvirtCounter("libvirt_domain_block_stats_flush_requests_total"),
  ],
};

/** What the drives of the virtual machine do. */
export const storageCounterMetrics: readonly VmMetric[] = [
  operations("read"),
  operations("write"),
  bytes("read"),
  bytes("write"),
  times("read", 10),
  times("write", 10),
  flushes,
  times("flush", 12),
].flatMap(metricsOf);
