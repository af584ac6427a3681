import { known, type Matcher, promql } from "../../promql/expression.ts";
import { type Exporter, virtHandler, virtHandlerBefore11, virtHandlerSince11 } from "../exporter.ts";
import { differenceOf, highestQuotientOf, lastOf, ofNodes, type Reading } from "./expressions.ts";
import { nodeGauge } from "./gauges.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

/** Media that are always full, memory, and what shows files of other filesystems once more. */
const noMedium = "(?i:cdfs|iso9660|udf|squashfs|cramfs|tmpfs|devtmpfs|overlay|ramfs|fuse.*)";
const isMedium: Matcher = { label: known("file_system_type"), op: "!~", value: noMedium };

function sizes(series: string): Reading {
  return { series, device: "disk_name", where: [isMedium] };
}

const used = sizes("kubevirt_vmi_filesystem_used_bytes");

/** Under each name that the capacity has had. */
function perCapacity(sourceOf: (exporter: Exporter, versions: string, capacity: Reading) => Source): readonly Source[] {
  return [
    sourceOf(virtHandlerSince11, "KubeVirt since v1.1", sizes("kubevirt_vmi_filesystem_capacity_bytes")),
    sourceOf(virtHandlerBefore11, "KubeVirt v0.58 to v1.0", sizes("kubevirt_vmi_filesystem_capacity_bytes_total")),
    sourceOf(virtHandlerBefore11, "KubeVirt v0.56 to v0.57", sizes("kubevirt_vmi_filesystem_total_bytes")),
  ];
}

/** A figure of virtual machines whose filesystems have both sizes each: what the others say is not the whole. */
function ifWhole(figure: Expression, first: Reading, second: Reading): Expression {
  return (scope) => {
    const half = promql`${ofNodes(first, scope)} unless ${lastOf(second, scope)}`;
    const otherHalf = promql`${ofNodes(second, scope)} unless ${lastOf(first, scope)}`;
    return promql`(${figure(scope)}) unless on (${scope.subject}) (${half} or ${otherHalf})`;
  };
}

const staysFull =
  "What fills a guest's filesystems stays there when virtual machines are added, so an autoscaler would add them without end.";
const fromAgent =
  "It needs the guest's agent (qemu-guest-agent), which is asked every 5 minutes by default. Optical media, memory and overlays are left out, and what is mounted in several places counts once.";

/** The guest's filesystems. */
export const guestFilesystemMetrics: readonly VmMetric[] = [
  {
    name: "guest-filesystemFreeBytes",
    unit: "Bytes",
    kind: "gauge",
    help: `Bytes that are left in the guest's filesystems, added up over them. ${fromAgent}`,
    stability: "ALPHA",
    since: "0.1",
    seedRow: 43,
    device: "disk",
    unsuitable: staysFull,
    sources: perCapacity((exporter, versions, capacity) => ({
      series: `${capacity.series} - ${used.series}`,
      versions,
      exporter,
      expression: ifWhole(differenceOf(capacity, used), capacity, used),
    })),
  },
  {
    name: "guest-filesystemUsedBytes",
    unit: "Bytes",
    kind: "gauge",
    help: `Bytes that are used in the guest's filesystems, added up over them. ${fromAgent}`,
    stability: "ALPHA",
    since: "0.1",
    device: "disk",
    unsuitable: staysFull,
    sources: [nodeGauge(virtHandler, "KubeVirt since v0.56", used)],
  },
  {
    name: "guest-filesystemCapacityBytes",
    unit: "Bytes",
    kind: "gauge",
    help: `Size of the guest's filesystems, added up over them. ${fromAgent}`,
    stability: "ALPHA",
    since: "0.1",
    device: "disk",
    unsuitable: "It is how the virtual machine is configured, and does not follow the load.",
    sources: perCapacity(nodeGauge),
  },
  {
    name: "guest-filesystemUsedRatio",
    unit: "Ratio",
    kind: "gauge",
    help: `The part that is used of the fullest of the guest's filesystems, from 0 to 1. ${fromAgent}`,
    stability: "ALPHA",
    since: "0.1",
    device: "disk",
    unsuitable: staysFull,
    sources: perCapacity((exporter, versions, capacity) => ({
      series: `${used.series} / ${capacity.series}`,
      versions,
      exporter,
      expression: ifWhole(highestQuotientOf(used, capacity), used, capacity),
    })),
  },
];
