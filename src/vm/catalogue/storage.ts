import { promql } from "../../promql/expression.ts";
import { collectd, libvirtExporter, virtController, virtHandler } from "../exporter.ts";
import { claimed, ofClaims } from "./claims.ts";
import { type CounterSource, rateSource } from "./counters.ts";
import { distinct, gaugeOf, lastOf, ofLeader, ofNodes, perEvent, type Reading } from "./expressions.ts";
import { collectdDevice, libvirtDevice, ofEither, ofTinkoff } from "./foreign-devices.ts";
import { newestWithTime } from "./own-times.ts";
import { operationsOf, storageCounterMetrics, timesOf } from "./storage-counters.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

const size = "It is a size, and does not follow the load or the number of replicas.";

function latencyMetric(operation: "read" | "write"): VmMetric {
  const [times, operations] = [timesOf(operation), operationsOf(operation)];
  return {
    name: `storage-${operation}LatencySeconds`,
    unit: "Seconds",
    kind: "rate",
    help: `The time that a ${operation} operation of the virtual machine takes on average, over all its drives: each operation counts the same, whichever drive it is of. There is none while there are no ${operation} operations. Below a millisecond ask for storage-${operation}LatencyMilliseconds, because values are rounded up to a thousandth.`,
    stability: "ALPHA",
    since: "0.1",
    device: "drive",
    additive: false,
    sources: [
      latencySource(times.since11, operations.kubevirt),
      latencySource(times.before11, operations.kubevirt),
      latencySource(times.collectd, operations.collectd),
      latencySource(ofDrivesWith(operations.libvirt, times.libvirt), operations.libvirt),
      latencySource(times.kumina, operations.libvirt),
    ],
  };
}

function latencySource(time: CounterSource, operations: CounterSource): Source {
  const dividend = rateSource(time);
  return {
    ...dividend,
    series: `${time.reading.series} / ${operations.reading.series}`,
    expression: perEvent(dividend.expression, rateSource(operations).expression),
  };
}

/** The libvirt exporter counts the time of all drives, but not the operations of CD-ROM drives. */
function ofDrivesWith(operations: CounterSource, time: CounterSource): CounterSource {
  return {
    ...time,
    samples: (slopes, scope) => promql`((${slopes}) and ${lastOf(operations.reading, scope)} or 0 * (${slopes}))`,
  };
}

/** What KubeVirt knows of the claim behind a drive, which is close to what libvirt knows of the drive. */
function claimSource(series: string, expression: Expression): Source {
  return { series, versions: "KubeVirt since v1.5", exporter: virtController, expression };
}

/** What kubelets know of it. */
function kubeletSource(series: string): Source {
  const source = claimSource(`${series}, ${claimed.series}`, ofClaims(series));
  return { ...source, versions: "kubelet, of claims that KubeVirt names since v1.5", writer: "kubelet" };
}

/** collectd's gauge of each drive. */
function collectdGauge(what: "allocation" | "capacity" | "physical"): Source {
  const reading: Reading = { series: `collectd_virt_disk_${what}`, device: collectdDevice };
  return {
    series: reading.series,
    versions: `collectd's virt plugin with ExtraStats disk_${what}`,
    exporter: collectd,
    foreignDevices: true,
    expression: gaugeOf(reading, ofNodes),
    time: newestWithTime(reading).time,
  };
}

function sizeMetric(metric: Pick<VmMetric, "name" | "help" | "seedRow" | "sources">): VmMetric {
  return {
    ...metric,
    unit: "Bytes",
    kind: "gauge",
    stability: "ALPHA",
    since: "0.1",
    device: "drive",
    unsuitable: size,
  };
}

const capacity: Reading = { series: "libvirt_domain_block_stats_capacity_bytes", device: libvirtDevice };
const physical: Reading = { series: "libvirt_domain_block_stats_physicalsize_bytes", device: libvirtDevice };
const collectdReads: Reading = { series: "collectd_virt_disk_ops_read_total" };
const libvirtReads: Reading = { series: "libvirt_domain_block_stats_read_requests_total" };

const sizeMetrics: readonly VmMetric[] = [
  {
    ...sizeMetric({
      name: "storage-deviceAllocationBytes",
      help: "What the virtual machine's drives take up on the host's storage. KubeVirt does not say it; read instead is what is used of the volumes of the PersistentVolumeClaims behind the drives, as kubelets measure it, which is close where a volume holds a disk image and nothing else. There is none where a claim is of volume mode Block or its volume is not measured. Drives without a claim are not counted.",
      seedRow: 13,
      sources: [kubeletSource("kubelet_volume_stats_used_bytes"), collectdGauge("allocation")],
    }),
    proxy: true,
  },
  {
    ...sizeMetric({
      name: "storage-deviceCapacityBytes",
      help: "The size of the virtual machine's drives. KubeVirt does not say what the guest sees; read instead is the size that the PersistentVolumeClaims behind the drives ask for, which is close where a disk image fills its volume. Drives without a claim are not counted.",
      seedRow: 14,
      sources: [
        claimSource(claimed.series, gaugeOf(claimed, ofLeader)),
        collectdGauge("capacity"),
        {
          series: capacity.series,
          versions: "libvirt exporter",
          exporter: libvirtExporter,
          foreignDevices: true,
          expression: gaugeOf(capacity, ofNodes),
        },
      ],
    }),
    proxy: true,
  },
  {
    ...sizeMetric({
      name: "storage-devicePhysicalBytes",
      help: "The size of what holds the virtual machine's drives on the host's storage. KubeVirt does not say it; read instead is the capacity of the volumes of the PersistentVolumeClaims behind the drives, as kubelets measure it, which is close where a disk image fills its volume. There is none where the volume of a claim is not measured. Drives without a claim are not counted.",
      seedRow: 15,
      sources: [
        kubeletSource("kubelet_volume_stats_capacity_bytes"),
        collectdGauge("physical"),
        {
          series: physical.series,
          versions: ofTinkoff,
          exporter: libvirtExporter,
          foreignDevices: true,
          // It has no size of a drive that is not on the host: what the others have is not the whole.
          expression: (scope) => {
            const without = promql`${ofNodes(libvirtReads, scope)} unless ${lastOf(physical, scope)}`;
            return promql`(${gaugeOf(physical, ofNodes)(scope)}) unless on (${scope.subject}) (${without})`;
          },
        },
      ],
    }),
    proxy: true,
  },
  {
    ...sizeMetric({
      name: "storage-deviceThresholdBytes",
      help: "The offset in a drive's storage at which libvirt would report that it is written to. libvirt knows one only after it was told to watch for it, which KubeVirt never does.",
      seedRow: 16,
      sources: [],
    }),
    unfed: "no known exporter provides it",
  },
];

/** The virtual machine's drives: what they do, and what they are. */
export const storageMetrics: readonly VmMetric[] = [
  ...storageCounterMetrics,
  latencyMetric("read"),
  latencyMetric("write"),
  ...sizeMetrics,
  {
    name: "storage-deviceCount",
    unit: "Count",
    kind: "gauge",
    help: "The virtual machine's drives, CD-ROM drives included as far as they are reported.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 26,
    unsuitable: "It follows from the virtual machine's specification and says nothing of its load.",
    sources: [
      {
        series: "kubevirt_vmi_storage_iops_read_total",
        versions: "KubeVirt since v0.41",
        exporter: virtHandler,
        expression: distinct({ series: "kubevirt_vmi_storage_iops_read_total" }, "drive", ofNodes),
      },
      {
        series: collectdReads.series,
        versions: "collectd's virt plugin",
        exporter: collectd,
        expression: distinct(collectdReads, collectdDevice, ofNodes),
        time: newestWithTime(collectdReads).time,
      },
      {
        series: "libvirt_domain_block_stats_info",
        versions: "libvirt exporter, without CD-ROM drives",
        exporter: libvirtExporter,
        expression: distinct({ series: "libvirt_domain_block_stats_info" }, libvirtDevice, ofNodes),
      },
      {
        series: libvirtReads.series,
        versions: `${ofEither}, the latter without drives hda and hdc`,
        exporter: libvirtExporter,
        expression: distinct(libvirtReads, libvirtDevice, ofNodes),
      },
    ],
  },
];
