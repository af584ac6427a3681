import { diskSizes } from "./domain.ts";
import { type LibvirtDomain, libvirtDomains, states } from "./libvirt-domain.ts";
import type { NodeView } from "./node-view.ts";
import { type Family, renderLabels } from "./text-format.ts";

/**
 * What collectd on a node exports about its domains: the plugin `virt` with `ExtraStats "disk pcpu domain_state memory
 * vcpu job_stats_background disk_allocation disk_capacity disk_physical"`, through write_prometheus (collectd 5).
 *
 * A family is `collectd_virt_<type>[_<data source>][_total]`, `_total` for what types.db calls DERIVE, also where that
 * is wrong. `virt` is the type instance, `instance` collectd's host: the domain. Every sample has a timestamp.
 */
export function collectdFamilies(view: NodeView): readonly Family[] {
  const domains = libvirtDomains(view);
  return valueTypes.map(({ name, type, values, always }) => ({
    name,
    type,
    help: `write_prometheus plugin: 'virt' Type: '${name.slice("collectd_virt_".length)}'`,
    samples: domains
      // Nothing else is asked about a domain that does not run.
      .filter(({ state }) => always === true || state === states.running)
      .flatMap((domain) =>
        values(domain).map(([virt, value]) => ({
          labels: renderLabels({ ...(virt === "" ? {} : { virt }), instance: domain.name }),
          // Counters are printed without a fraction.
          value: type === "counter" ? Math.round(value) : value,
          timestampMs: Math.floor(view.nowMs),
        })),
      ),
  }));
}

/** A value and its type instance, which is empty for none. */
type Value = readonly [typeInstance: string, value: number];

interface ValueType {
  readonly name: string;
  readonly type: Family["type"];
  readonly values: (domain: LibvirtDomain) => readonly Value[];
  /** Written also while the guest is paused. */
  readonly always?: boolean;
}

const nanosecond = 1e9;
const pageBytes = 4_096;

const valueTypes: readonly ValueType[] = [
  counter("virt_cpu_total", ({ domain }) => [["", domain.cpu.seconds * nanosecond]]),
  counter("ps_cputime_user", ({ domain }) => [["", domain.cpu.userSeconds * nanosecond]]),
  counter("ps_cputime_syst", ({ domain }) => [["", domain.cpu.systemSeconds * nanosecond]]),
  counter("virt_vcpu", ({ domain }) => domain.vcpus.map(({ id, seconds }) => [String(id), seconds * nanosecond])),
  gauge("memory", ({ domain: { memory } }) => [
    ["total", memory.balloonBytes],
    ["actual_balloon", memory.balloonBytes],
    ["available", memory.availableBytes],
    ["unused", memory.unusedBytes],
    ["usable", memory.usableBytes],
    ["rss", memory.residentBytes],
  ]),
  // libvirt's KiB.
  counter("swap_io", ({ domain: { memory } }) => [
    ["in", memory.swapInBytes / 1_024],
    ["out", memory.swapOutBytes / 1_024],
  ]),
  counter("ps_pagefaults_minflt", ({ domain }) => [["", domain.memory.minorFaults]]),
  counter("ps_pagefaults_majflt", ({ domain }) => [["", domain.memory.majorFaults]]),
  ...traffic("octets", ({ bytes }) => bytes),
  ...traffic("packets", ({ packets }) => packets),
  ...traffic("errors", ({ errors }) => errors),
  ...traffic("dropped", ({ dropped }) => dropped),
  ...access("octets", ({ bytes }) => bytes),
  ...access("ops", ({ operations }) => operations),
  ...access("time", ({ seconds }) => seconds * nanosecond),
  counter("total_requests", ({ drives }) =>
    drives.map(({ device, counted }) => [`flush-${device}`, counted.flush.operations]),
  ),
  // Nanoseconds divided by 1,000, whatever the name says.
  counter("total_time_in_ms", ({ drives }) =>
    drives.map(({ device, counted }) => [`flush-${device}`, (counted.flush.seconds * nanosecond) / 1_000]),
  ),
  size("disk_allocation", diskSizes.allocationBytes),
  size("disk_capacity", diskSizes.capacityBytes),
  size("disk_physical", diskSizes.physicalBytes),
  { ...gauge("domain_state_state", ({ state }) => [["", state]]), always: true },
  { ...gauge("domain_state_reason", ({ reason }) => [["", reason]]), always: true },
  counter("job_stats", jobStats),
];

/** libvirt's typed parameters of a job in their own units: milliseconds, bytes and pages. None when no job runs. */
function jobStats({ job }: LibvirtDomain): readonly Value[] {
  if (job === undefined) return [];
  return [
    ["time_elapsed", job.elapsedMs],
    // What QEMU expects it to be.
    ["downtime", 300],
    ["data_total", job.totalBytes],
    ["data_processed", job.processedBytes],
    ["data_remaining", job.remainingBytes],
    ["memory_total", job.totalBytes],
    ["memory_processed", job.processedBytes],
    ["memory_remaining", job.remainingBytes],
    ["memory_bps", job.transferBytesPerSecond],
    // A tenth of the pages is full of zeros.
    ["memory_constant", job.processedBytes / pageBytes / 10],
    ["memory_dirty_rate", job.dirtyBytesPerSecond / pageBytes],
    ["memory_iteration", 1],
    ["memory_page_size", pageBytes],
    ["compression_bytes", 0],
  ];
}

function counter(type: string, values: ValueType["values"]): ValueType {
  return { name: `collectd_virt_${type}_total`, type: "counter", values };
}

function gauge(type: string, values: ValueType["values"]): ValueType {
  return { name: `collectd_virt_${type}`, type: "gauge", values };
}

type Interface = LibvirtDomain["interfaces"][number]["counted"];
type Drive = LibvirtDomain["drives"][number]["counted"];

function traffic(what: string, of: (traffic: Interface["receive"]) => number): readonly ValueType[] {
  return [
    counter(`if_${what}_rx`, ({ interfaces }) =>
      interfaces.map(({ device, counted }) => [device, of(counted.receive)]),
    ),
    counter(`if_${what}_tx`, ({ interfaces }) =>
      interfaces.map(({ device, counted }) => [device, of(counted.transmit)]),
    ),
  ];
}

function access(what: string, of: (access: Drive["read"]) => number): readonly ValueType[] {
  return [
    counter(`disk_${what}_read`, ({ drives }) => drives.map(({ device, counted }) => [device, of(counted.read)])),
    counter(`disk_${what}_write`, ({ drives }) => drives.map(({ device, counted }) => [device, of(counted.write)])),
  ];
}

function size(type: string, bytes: number): ValueType {
  return gauge(type, ({ drives }) => drives.map(({ device }) => [device, bytes]));
}
