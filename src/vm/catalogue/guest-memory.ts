import { equals, known, type PromQL, promql } from "../../promql/expression.ts";
import {
  collectd,
  libvirtExporter,
  virtHandler,
  virtHandlerBefore11,
  virtHandlerBefore20,
  virtHandlerSince11,
} from "../exporter.ts";
import { rateSource } from "./counters.ts";
import {
  differenceOf,
  gaugeOf,
  given,
  highest,
  lastOf,
  less,
  negated,
  ofNodes,
  quotient,
  type Reading,
} from "./expressions.ts";
import { aboveZero, collectdGauge, collectdMemory, libvirtMemory, memoryStats, nodeGauge } from "./gauges.ts";
import { olderCounters } from "./older-names.ts";
import { newestWithTime } from "./own-times.ts";
import type { Expression, Scope, Source, VmMetric } from "./vm-metric.ts";

/** libvirt's "available" is the guest's MemTotal, "unused" its MemFree, "usable" its MemAvailable (virDomainMemoryStatTags). */
type Tag = "available" | "unused" | "usable";

const since: Readonly<Record<Tag, string>> = { available: "v0.20", unused: "v0.34", usable: "v0.41" };

function ofKubevirt(tag: Tag): Reading {
  return { series: `kubevirt_vmi_memory_${tag}_bytes` };
}

function ofLibvirt(tag: Tag): Reading {
  return { series: `libvirt_domain_memory_stats_${tag}_bytes` };
}

function gauges(tag: Tag): readonly Source[] {
  return [
    nodeGauge(virtHandler, `KubeVirt since ${since[tag]}`, ofKubevirt(tag)),
    collectdGauge(memoryStats, collectdMemory(tag)),
    libvirtMemory(ofLibvirt(tag)),
  ];
}

/** What collectd says of each is a series of its own name, and what the others say has the same labels. */
function usedSources(
  symbol: "-" | "/",
  ofPair: (total: Reading, usable: Reading) => Expression,
  ofFigures: (total: Expression, usable: Expression) => Expression,
): readonly Source[] {
  const [total, usable] = [ofKubevirt("available"), ofKubevirt("usable")] as const;
  const [libvirtTotal, libvirtUsable] = [ofLibvirt("available"), ofLibvirt("usable")] as const;
  const [first, second] = [
    newestWithTime(collectdMemory("available")),
    newestWithTime(collectdMemory("usable")),
  ] as const;
  return [
    {
      series: `${total.series} ${symbol} ${usable.series}`,
      versions: "KubeVirt since v0.41",
      exporter: virtHandler,
      expression: ofPair(total, usable),
    },
    {
      series: `collectd_virt_memory{virt="available"} ${symbol} collectd_virt_memory{virt="usable"}`,
      versions: memoryStats,
      exporter: collectd,
      expression: ofFigures(first.expression, second.expression),
      time: second.time,
    },
    {
      series: `${libvirtTotal.series} ${symbol} ${libvirtUsable.series}`,
      versions: "libvirt exporter",
      exporter: libvirtExporter,
      expression: given(ofPair(libvirtTotal, libvirtUsable), gaugeOf(libvirtUsable, aboveZero)),
    },
  ];
}

/** The part of a guest's memory that is used, by series of one exporter's that it took at the same time. */
function usedPart(total: Reading, usable: Reading): Expression {
  return (scope) => highest(promql`1 - ${ofNodes(usable, scope)} / ${lastOf(total, scope)}`, scope.subject);
}

/** How fast the guest swaps. KubeVirt calls these series gauges, but they only grow. */
function swap(way: "in" | "out", name: string, help: string): VmMetric {
  const series = `kubevirt_vmi_memory_swap_${way}_traffic_bytes`;
  return {
    name,
    unit: "BytesPerSecond",
    kind: "rate",
    help,
    stability: "ALPHA",
    since: "0.1",
    sources: [
      { versions: "KubeVirt since v1.1", exporter: virtHandlerSince11, reading: { series } },
      { versions: "KubeVirt v0.41 to v1.0", exporter: virtHandlerBefore11, reading: { series: `${series}_total` } },
      {
        versions: `${memoryStats}, from 5.9 on, in KiB`,
        exporter: collectd,
        reading: { series: "collectd_virt_swap_io_total", where: [equals(known("virt"), way)] },
        factor: 1024,
      },
      {
        versions: "libvirt exporter",
        exporter: libvirtExporter,
        reading: { series: `libvirt_domain_memory_stats_swap_${way}_bytes` },
      },
      ...olderCounters({ what: "memory_swap_traffic_bytes", type: way }),
    ].map(rateSource),
  };
}

const minorFaults: Reading = { series: "libvirt_domain_memory_stats_minor_fault_total" };

/** How often the guest's processes touch memory that is not there. */
function faults(
  of: "major" | "minor",
  { name, help, ...further }: Pick<VmMetric, "name" | "help" | "unsuitable">,
): VmMetric {
  const short = of.slice(0, 3);
  const series = `kubevirt_vmi_memory_pg${short}fault`;
  return {
    name,
    unit: "FaultsPerSecond",
    kind: "rate",
    help,
    stability: "ALPHA",
    since: "0.1",
    ...further,
    sources: [
      { versions: "KubeVirt since v1.1", exporter: virtHandlerSince11, reading: { series: `${series}_total` } },
      { versions: "KubeVirt v0.41 to v1.0", exporter: virtHandlerBefore11, reading: { series } },
      {
        versions: `${memoryStats}, from 5.9 on`,
        exporter: collectd,
        reading: { series: `collectd_virt_ps_pagefaults_${short}flt_total` },
      },
      {
        versions: "libvirt exporter",
        exporter: libvirtExporter,
        reading: { series: `libvirt_domain_memory_stats_${of}_fault_total` },
        // As for gauges: a guest that tells it has had minor ones.
        samples: (samples: PromQL, scope: Scope) => promql`((${samples}) and ${lastOf(minorFaults, scope)} > 0)`,
      },
    ].map(rateSource),
  };
}

const fallsWithLoad =
  "It falls when the load rises, so an autoscaler would do the opposite of what is needed. Use guest-memoryUsedBytes or guest-memoryUsedRatio.";

/** The memory that the guest's own kernel manages, as its balloon driver reports it. */
export const guestMemoryMetrics: readonly VmMetric[] = [
  {
    name: "guest-memoryTotalBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "All the memory that the guest's kernel manages (MemTotal). KubeVirt and libvirt call it available. The guest's balloon driver reports it, every 10 seconds by default; without the driver there is none.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 40,
    unsuitable: "It is how the virtual machine is configured, and does not follow the load.",
    sources: [
      ...gauges("available"),
      nodeGauge(virtHandlerBefore20, "KubeVirt v0.15 to v0.19", { series: "kubevirt_vm_memory_available_bytes" }),
    ],
  },
  {
    name: "guest-memoryFreeBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the guest uses for nothing at all (MemFree). It is small in most guests that have run for a while, because caches take what is left; guest-memoryUsableBytes says what new programs can have. The guest's balloon driver reports it.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 41,
    unsuitable: fallsWithLoad,
    sources: gauges("unused"),
  },
  {
    name: "guest-memoryUsableBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the guest could give to new programs without swapping (MemAvailable): what is free and what caches can give back. The guest's balloon driver reports it.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 41,
    unsuitable: fallsWithLoad,
    sources: gauges("usable"),
  },
  {
    name: "guest-memoryCachedBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the guest uses to cache its disks and can give back. The guest's balloon driver reports it.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "Caches take what memory is left, whatever the load is.",
    sources: [
      nodeGauge(virtHandler, "KubeVirt since v1.0", { series: "kubevirt_vmi_memory_cached_bytes" }),
      libvirtMemory({ series: "libvirt_domain_memory_stats_disk_caches_bytes" }),
    ],
  },
  {
    name: "guest-memoryUsedBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the guest cannot give to new programs: all that it sees less what its kernel calls available. The guest's balloon driver reports both, every 10 seconds by default.",
    stability: "ALPHA",
    since: "0.1",
    sources: usedSources("-", differenceOf, less),
  },
  {
    name: "guest-memoryUsedRatio",
    unit: "Ratio",
    kind: "gauge",
    help: "The part of its memory that the guest cannot give to new programs: guest-memoryUsedBytes divided by guest-memoryTotalBytes, from 0 to 1. The guest's balloon driver reports both, every 10 seconds by default.",
    stability: "ALPHA",
    since: "0.1",
    sources: usedSources("/", usedPart, (total, usable) => negated(quotient(usable, total))),
  },
  swap(
    "in",
    "guest-memorySwapInBytesPerSecond",
    "Bytes per second that the guest reads back from its swap space. The guest's balloon driver reports it. While it is not 0 for long, the guest has too little memory.",
  ),
  swap(
    "out",
    "guest-memorySwapOutBytesPerSecond",
    "Bytes per second that the guest writes to its swap space. The guest's balloon driver reports it.",
  ),
  faults("major", {
    name: "guest-memoryMajorFaultsPerSecond",
    help: "Times per second that a process of the guest touches memory that has to be read from a disk first. The guest's balloon driver reports it.",
  }),
  faults("minor", {
    name: "guest-memoryMinorFaultsPerSecond",
    help: "Times per second that a process of the guest touches memory that its kernel only has to map. The guest's balloon driver reports it.",
    unsuitable: "Minor faults are the ordinary work of a kernel, and rise whenever a process starts up.",
  }),
];
