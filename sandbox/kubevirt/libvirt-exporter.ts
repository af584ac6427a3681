import { diskSizes } from "./domain.ts";
import { type LibvirtDomain, libvirtDomains, states } from "./libvirt-domain.ts";
import type { NodeView } from "./node-view.ts";
import { type Family, renderLabels } from "./text-format.ts";

/** What inovex' prometheus-libvirt-exporter on a node exports about its domains; it knows them as `<namespace>_<name>`. */
export function libvirtExporterFamilies(view: NodeView): readonly Family[] {
  const domains = libvirtDomains(view);
  const up = { name: "libvirt_up", type: "gauge", help: "Whether scraping libvirt's metrics was successful." } as const;
  const ofDomains = families.map(({ name, type, help, figures }) => ({
    name: `libvirt_domain_${name}`,
    type,
    help,
    samples: domains.flatMap((domain) =>
      figures(domain).map(([labels, value]) => ({ labels: renderLabels({ ...labels, domain: domain.name }), value })),
    ),
  }));
  return [
    { ...up, samples: [{ labels: "", value: 1 }] },
    {
      name: "libvirt_domains",
      type: "gauge",
      help: "Number of domains",
      samples: [{ labels: "", value: domains.length }],
    },
    ...ofDomains,
  ];
}

type Figure = readonly [labels: Readonly<Record<string, string>>, value: number];

interface DomainFamily extends Omit<Family, "samples"> {
  readonly figures: (domain: LibvirtDomain) => readonly Figure[];
}

const stateWords = { [states.running]: "the domain is running", [states.paused]: "the domain is paused by user" };

const families: readonly DomainFamily[] = [
  {
    name: "info_state",
    type: "gauge",
    help: "Code of the domain state",
    figures: ({ state }) => [[{ state_desc: stateWords[state] }, state]],
  },
  gauge(
    "info_maximum_memory_bytes",
    "Maximum allowed memory of the domain, in bytes.",
    ({ domain }) => domain.memory.domainBytes,
  ),
  gauge("info_memory_usage_bytes", "Memory usage of the domain, in bytes.", ({ domain }) => domain.memory.balloonBytes),
  gauge("info_virtual_cpus", "Number of virtual CPUs for the domain.", ({ domain }) => domain.vcpus.length),
  counter(
    "info_cpu_time_seconds_total",
    "Amount of CPU time used by the domain, in seconds.",
    ({ domain }) => domain.cpu.seconds,
  ),

  // 2 is a job without a bound, such as a migration. A domain without a job has zeros.
  gauge("job_info_type", "Code of the domain job type", ({ job }) => (job === undefined ? 0 : 2)),
  // libvirt's milliseconds, whatever the name says.
  gauge(
    "job_info_time_elapsed_seconds",
    "Time elapsed since the start of the domain job",
    ({ job }) => job?.elapsedMs ?? 0,
  ),
  ...["data", "memory"].flatMap((what) => [
    gauge(`job_info_${what}_total_bytes`, `${what} total of the domain job`, ({ job }) => job?.totalBytes ?? 0),
    gauge(
      `job_info_${what}_processed_bytes`,
      `${what} processed of the domain job`,
      ({ job }) => job?.processedBytes ?? 0,
    ),
    gauge(
      `job_info_${what}_remaining_bytes`,
      `${what} remaining of the domain job`,
      ({ job }) => job?.remainingBytes ?? 0,
    ),
  ]),

  gauge(
    "memory_stats_current_balloon_bytes",
    "Current balloon value (in bytes).",
    ({ domain }) => domain.memory.balloonBytes,
  ),
  gauge("memory_stats_maximum_bytes", "Maximum memory used by the domain", ({ domain }) => domain.memory.domainBytes),
  gauge("memory_stats_available_bytes", "Memory available to the domain", ({ domain }) => domain.memory.availableBytes),
  gauge("memory_stats_usable_bytes", "Memory usable by the domain", ({ domain }) => domain.memory.usableBytes),
  gauge("memory_stats_unused_bytes", "Memory unused by the domain", ({ domain }) => domain.memory.unusedBytes),
  gauge(
    "memory_stats_disk_caches_bytes",
    "Memory used by disk caches for this domain",
    ({ domain }) => domain.memory.cachedBytes,
  ),
  gauge(
    "memory_stats_rss_bytes",
    "Resident Set Size of the process running the domain",
    ({ domain }) => domain.memory.residentBytes,
  ),
  // Totals, although they are called gauges.
  gauge("memory_stats_swap_in_bytes", "Memory swapped in for this domain", ({ domain }) => domain.memory.swapInBytes),
  gauge(
    "memory_stats_swap_out_bytes",
    "Memory swapped out for this domain",
    ({ domain }) => domain.memory.swapOutBytes,
  ),
  counter("memory_stats_major_fault_total", "Major page faults", ({ domain }) => domain.memory.majorFaults),
  counter("memory_stats_minor_fault_total", "Minor page faults", ({ domain }) => domain.memory.minorFaults),

  block("read_bytes_total", "counter", ({ read }) => read.bytes),
  block("read_requests_total", "counter", ({ read }) => read.operations),
  block("read_time_seconds_total", "counter", ({ read }) => read.seconds),
  block("write_bytes_total", "counter", ({ write }) => write.bytes),
  block("write_requests_total", "counter", ({ write }) => write.operations),
  block("write_time_seconds_total", "counter", ({ write }) => write.seconds),
  block("flush_requests_total", "counter", ({ flush }) => flush.operations),
  block("flush_time_seconds_total", "counter", ({ flush }) => flush.seconds),
  block("capacity_bytes", "gauge", () => diskSizes.capacityBytes),
  {
    name: "block_stats_info",
    type: "gauge",
    help: "Metadata information on block devices.",
    figures: ({ drives }) => drives.map(({ device }) => [{ ...driveTraits, target_device: device }, 1]),
  },

  ...traffic("bytes", ({ bytes }) => bytes),
  ...traffic("packets", ({ packets }) => packets),
  ...traffic("errors", ({ errors }) => errors),
  ...traffic("drops", ({ dropped }) => dropped),
  {
    name: "interface_stats_info",
    type: "gauge",
    help: "Metadata on network interfaces.",
    figures: ({ interfaces }) => interfaces.map(({ device }) => [{ ...interfaceTraits, target_device: device }, 1]),
  },

  gauge("vcpu_current", "Number of current online vCPUs.", ({ domain }) => domain.vcpus.length),
  gauge("vcpu_maximum", "Number of maximum online vCPUs.", ({ domain }) => domain.vcpus.length),
  vcpu("state", "gauge", () => 1),
  vcpu("time_seconds_total", "counter", ({ seconds }) => seconds),
  vcpu("wait_seconds_total", "counter", ({ waitSeconds }) => waitSeconds),
  vcpu("delay_seconds_total", "counter", ({ delaySeconds }) => delaySeconds),
];

const driveTraits = {
  disk_type: "block",
  target_bus: "virtio",
  driver_name: "qemu",
  driver_type: "raw",
  driver_cache: "none",
  driver_discard: "unmap",
  source_file: "",
  source_protocol: "",
  serial: "",
};
const interfaceTraits = {
  interface_type: "ethernet",
  source_bridge: "",
  mac_address: "",
  model_type: "virtio",
  mtu_size: "1500",
};

function gauge(name: string, help: string, of: (domain: LibvirtDomain) => number): DomainFamily {
  return { name, type: "gauge", help, figures: (domain) => [[{}, of(domain)]] };
}

function counter(name: string, help: string, of: (domain: LibvirtDomain) => number): DomainFamily {
  return { ...gauge(name, help, of), type: "counter" };
}

type Drive = LibvirtDomain["drives"][number]["counted"];
type Interface = LibvirtDomain["interfaces"][number]["counted"];
type Vcpu = LibvirtDomain["domain"]["vcpus"][number];

function block(name: string, type: Family["type"], of: (drive: Drive) => number): DomainFamily {
  return {
    name: `block_stats_${name}`,
    type,
    help: "Of a block device.",
    figures: ({ drives }) => drives.map(({ device, counted }) => [{ target_device: device }, of(counted)]),
  };
}

function traffic(what: string, of: (traffic: Interface["receive"]) => number): readonly DomainFamily[] {
  return (["receive", "transmit"] as const).map((direction) => ({
    name: `interface_stats_${direction}_${what}_total`,
    type: "counter",
    help: "Of a network interface.",
    figures: ({ interfaces }) =>
      interfaces.map(({ device, counted }) => [{ target_device: device }, of(counted[direction])]),
  }));
}

function vcpu(name: string, type: Family["type"], of: (vcpu: Vcpu) => number): DomainFamily {
  return {
    name: `vcpu_${name}`,
    type,
    help: "Of a virtual CPU.",
    figures: ({ domain }) => domain.vcpus.map((each) => [{ vcpu: String(each.id) }, of(each)]),
  };
}
