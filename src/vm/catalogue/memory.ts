import { equals, known } from "../../promql/expression.ts";
import {
  virtController,
  virtHandler,
  virtHandlerBefore11,
  virtHandlerBefore20,
  virtHandlerSince11,
} from "../exporter.ts";
import {
  collectdGauge,
  collectdMemory,
  leaderGauge,
  libvirtGauge,
  libvirtMemory,
  memoryStats,
  nodeGauge,
} from "./gauges.ts";
import type { Source, VmMetric } from "./vm-metric.ts";

const configured = "It follows how the virtual machine is configured, and not the load.";

/** libvirt's current size of the balloon, as KubeVirt reads it from the domain. */
const domainGauges: readonly Source[] = [
  nodeGauge(virtHandlerSince11, "KubeVirt since v1.1", { series: "kubevirt_vmi_memory_domain_bytes" }),
  nodeGauge(virtHandlerBefore11, "KubeVirt v0.58 to v1.0", { series: "kubevirt_vmi_memory_domain_bytes_total" }),
  nodeGauge(virtHandlerBefore11, "KubeVirt v0.50 to v0.57", { series: "kubevirt_vmi_memory_domain_total_bytes" }),
];

/** The memory that a VirtualMachine asks for, by the label `source`, which says where in its specification. */
function requested(versions: string, source: string): Source {
  return leaderGauge(virtController, versions, {
    series: "kubevirt_vm_resource_requests",
    where: [equals(known("resource"), "memory"), equals(known("source"), source)],
  });
}

/** Memory of the host that the virtual machine has or uses. */
export const memoryMetrics: readonly VmMetric[] = [
  {
    name: "memory-residentBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory of the host that the process behind the virtual machine holds: what the guest has ever touched and not given back, and the emulator's own. While it migrates, the higher one of source and target counts.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "What a guest has once touched stays with it, so it does not fall with the load.",
    sources: [
      // While it migrates, source and target may both report: the target's memory is still being filled, so the higher counts.
      nodeGauge(virtHandler, "KubeVirt since v0.20", { series: "kubevirt_vmi_memory_resident_bytes" }),
      collectdGauge(memoryStats, collectdMemory("rss")),
      libvirtMemory({ series: "libvirt_domain_memory_stats_rss_bytes" }),
      nodeGauge(virtHandlerBefore20, "KubeVirt v0.15 to v0.19", { series: "kubevirt_vm_memory_resident_bytes" }),
    ],
  },
  {
    name: "memory-domainBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the virtual machine has now, as libvirt keeps it for the domain: what it was started with, less what the balloon took back.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: configured,
    sources: [
      ...domainGauges,
      collectdGauge("collectd's virt plugin", collectdMemory("total")),
      libvirtGauge({ series: "libvirt_domain_info_memory_usage_bytes" }),
    ],
  },
  {
    name: "memory-overheadLauncherBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that KubeVirt reserves in the virtual machine's pod for what surrounds the guest, computed from its configuration and not measured.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: configured,
    sources: [
      leaderGauge(virtController, "KubeVirt since v1.3", { series: "kubevirt_vmi_launcher_memory_overhead_bytes" }),
    ],
  },
  {
    name: "memory-balloonCurrentBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "The balloon's current size, which is the memory that the guest is left with.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 19,
    unsuitable: configured,
    sources: [
      nodeGauge(virtHandler, "KubeVirt since v0.41", { series: "kubevirt_vmi_memory_actual_balloon_bytes" }),
      ...domainGauges,
      collectdGauge(memoryStats, collectdMemory("actual_balloon")),
      libvirtGauge({ series: "libvirt_domain_info_memory_usage_bytes" }),
    ],
  },
  {
    name: "memory-balloonMaximumBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the virtual machine has when the balloon takes nothing back. From KubeVirt it is the memory that its VirtualMachine asks for, which is the maximum only if there is no room to plug in more while it runs (maxGuest). There is none for an instance without a VirtualMachine.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 20,
    proxy: true,
    unsuitable: configured,
    sources: [
      requested("KubeVirt since v1.8", "guest_effective"),
      // Where the specification does not say what the guest has, it has what is requested of the node.
      requested("KubeVirt since v1.5, memory.guest", "guest"),
      requested("KubeVirt since v1.5, resources.requests", "domain"),
      // Without the label.
      requested("KubeVirt since v1.4", ""),
      libvirtGauge({ series: "libvirt_domain_info_maximum_memory_bytes" }),
    ],
  },
  {
    name: "memory-dirtyBytesPerSecond",
    unit: "BytesPerSecond",
    kind: "gauge",
    help: "How fast the guest changes its memory, as libvirt estimates it at each scrape. It tells whether a live migration can keep up. From KubeVirt v1.9 on there is none while the virtual machine migrates; migration-memoryDirtyBytesPerSecond is there then.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "It is absent while a virtual machine migrates, so a drain of nodes takes it from the autoscaler.",
    sources: [
      nodeGauge(virtHandlerSince11, "KubeVirt since v1.6", { series: "kubevirt_vmi_dirty_rate_bytes_per_second" }),
    ],
  },
];
