import type { Domain } from "./domain.ts";

/** A figure with the labels that tell it from others of the same domain. */
type Figure = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A family of which each domain has its figures. */
export interface DomainFamily {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly figures: (domain: Domain) => readonly Figure[];
}

/** The families that virt-handler of KubeVirt v1.9.0 reports of each domain, in its own words. */
export const domainFamilies: readonly DomainFamily[] = [
  {
    name: "kubevirt_vmi_memory_domain_bytes",
    type: "gauge",
    help: "The amount of memory in bytes allocated to the domain. The `memory` value in domain xml file.",
    figures: ({ memory }) => one(memory.domainBytes),
  },
  {
    name: "kubevirt_vmi_memory_actual_balloon_bytes",
    type: "gauge",
    help: "Current balloon size in bytes.",
    figures: ({ memory }) => one(memory.balloonBytes),
  },
  {
    name: "kubevirt_vmi_memory_resident_bytes",
    type: "gauge",
    help: "Resident set size of the process running the domain.",
    figures: ({ memory }) => one(memory.residentBytes),
  },
  {
    name: "kubevirt_vmi_memory_available_bytes",
    type: "gauge",
    help: "Amount of usable memory as seen by the domain. This value may not be accurate if a balloon driver is in use or if the guest OS does not initialize all assigned pages",
    figures: ({ memory }) => one(memory.availableBytes),
  },
  {
    name: "kubevirt_vmi_memory_usable_bytes",
    type: "gauge",
    help: "The amount of memory which can be reclaimed by balloon without pushing the guest system to swap, corresponds to 'Available' in /proc/meminfo.",
    figures: ({ memory }) => one(memory.usableBytes),
  },
  {
    name: "kubevirt_vmi_memory_unused_bytes",
    type: "gauge",
    help: "The amount of memory left completely unused by the system. Memory that is available but used for reclaimable caches should NOT be reported as free.",
    figures: ({ memory }) => one(memory.unusedBytes),
  },
  {
    name: "kubevirt_vmi_memory_cached_bytes",
    type: "gauge",
    help: "The amount of memory that is being used to cache I/O and is available to be reclaimed, corresponds to the sum of `Buffers` + `Cached` + `SwapCached` in `/proc/meminfo`.",
    figures: ({ memory }) => one(memory.cachedBytes),
  },
  {
    name: "kubevirt_vmi_memory_pgmajfault_total",
    type: "counter",
    help: "The number of page faults when disk IO was required. Page faults occur when a process makes a valid access to virtual memory that is not available. When servicing the page fault, if disk IO is required, it is considered as major fault.",
    figures: ({ memory }) => one(memory.majorFaults),
  },
  {
    name: "kubevirt_vmi_memory_pgminfault_total",
    type: "counter",
    help: "The number of other page faults, when disk IO was not required. Page faults occur when a process makes a valid access to virtual memory that is not available. When servicing the page fault, if disk IO is NOT required, it is considered as minor fault.",
    figures: ({ memory }) => one(memory.minorFaults),
  },
  {
    name: "kubevirt_vmi_memory_swap_in_traffic_bytes",
    type: "gauge",
    help: "The total amount of data read from swap space of the guest in bytes.",
    figures: ({ memory }) => one(memory.swapInBytes),
  },
  {
    name: "kubevirt_vmi_memory_swap_out_traffic_bytes",
    type: "gauge",
    help: "The total amount of memory written out to swap space of the guest in bytes.",
    figures: ({ memory }) => one(memory.swapOutBytes),
  },
  {
    name: "kubevirt_vmi_cpu_usage_seconds_total",
    type: "counter",
    help: "Total CPU time spent in all modes (sum of both vcpu and hypervisor usage).",
    figures: ({ cpu }) => one(cpu.seconds),
  },
  {
    name: "kubevirt_vmi_cpu_user_usage_seconds_total",
    type: "counter",
    help: "Total CPU time spent in user mode.",
    figures: ({ cpu }) => one(cpu.userSeconds),
  },
  {
    name: "kubevirt_vmi_cpu_system_usage_seconds_total",
    type: "counter",
    help: "Total CPU time spent in system mode.",
    figures: ({ cpu }) => one(cpu.systemSeconds),
  },
  {
    name: "kubevirt_vmi_node_cpu_affinity",
    type: "gauge",
    help: "Number of VMI CPU affinities to node physical cores.",
    figures: ({ vcpus }) => one(vcpus.length * 2),
  },
  {
    name: "kubevirt_vmi_guest_load_1m",
    type: "gauge",
    help: "Guest system load average over 1 minute as reported by the guest agent. Load is defined as the number of processes in the runqueue or waiting for disk I/O. Requires qemu-guest-agent version 10.0.0 or above.",
    figures: ({ loadAverage }) => one(loadAverage),
  },
  {
    name: "kubevirt_vmi_guest_load_5m",
    type: "gauge",
    help: "Guest system load average over 5 minutes as reported by the guest agent. Load is defined as the number of processes in the runqueue or waiting for disk I/O. Requires qemu-guest-agent version 10.0.0 or above.",
    figures: ({ loadAverage }) => one(loadAverage),
  },
  {
    name: "kubevirt_vmi_guest_load_15m",
    type: "gauge",
    help: "Guest system load average over 15 minutes as reported by the guest agent. Load is defined as the number of processes in the runqueue or waiting for disk I/O. Requires qemu-guest-agent version 10.0.0 or above.",
    figures: ({ loadAverage }) => one(loadAverage),
  },
  {
    name: "kubevirt_vmi_vcpu_seconds_total",
    type: "counter",
    help: "Total amount of time spent in each state by each vcpu (cpu_time excluding hypervisor time). Where `id` is the vcpu identifier and `state` can be one of the following: [`OFFLINE`, `RUNNING`, `BLOCKED`].",
    figures: ({ vcpus }) => vcpus.map(({ id, seconds }) => [{ id: String(id), state: "running" }, seconds]),
  },
  {
    name: "kubevirt_vmi_vcpu_wait_seconds_total",
    type: "counter",
    help: "Amount of time spent by each vcpu while waiting on I/O.",
    figures: ({ vcpus }) => vcpus.map(({ id, waitSeconds }) => [{ id: String(id) }, waitSeconds]),
  },
  {
    name: "kubevirt_vmi_vcpu_delay_seconds_total",
    type: "counter",
    help: "Amount of time spent by each vcpu waiting in the queue instead of running.",
    figures: ({ vcpus }) => vcpus.map(({ id, delaySeconds }) => [{ id: String(id) }, delaySeconds]),
  },
  {
    name: "kubevirt_vmi_network_receive_bytes_total",
    type: "counter",
    help: "Total network traffic received in bytes.",
    figures: ({ interfaces }) => interfaces.map(({ name, receive }) => [{ interface: name }, receive.bytes]),
  },
  {
    name: "kubevirt_vmi_network_receive_packets_total",
    type: "counter",
    help: "Total network traffic received packets.",
    figures: ({ interfaces }) => interfaces.map(({ name, receive }) => [{ interface: name }, receive.packets]),
  },
  {
    name: "kubevirt_vmi_network_receive_errors_total",
    type: "counter",
    help: "Total network received error packets.",
    figures: ({ interfaces }) => interfaces.map(({ name, receive }) => [{ interface: name }, receive.errors]),
  },
  {
    name: "kubevirt_vmi_network_receive_packets_dropped_total",
    type: "counter",
    help: "The total number of rx packets dropped on vNIC interfaces.",
    figures: ({ interfaces }) => interfaces.map(({ name, receive }) => [{ interface: name }, receive.dropped]),
  },
  {
    name: "kubevirt_vmi_network_transmit_bytes_total",
    type: "counter",
    help: "Total network traffic transmitted in bytes.",
    figures: ({ interfaces }) => interfaces.map(({ name, transmit }) => [{ interface: name }, transmit.bytes]),
  },
  {
    name: "kubevirt_vmi_network_transmit_packets_total",
    type: "counter",
    help: "Total network traffic transmitted packets.",
    figures: ({ interfaces }) => interfaces.map(({ name, transmit }) => [{ interface: name }, transmit.packets]),
  },
  {
    name: "kubevirt_vmi_network_transmit_errors_total",
    type: "counter",
    help: "Total network transmitted error packets.",
    figures: ({ interfaces }) => interfaces.map(({ name, transmit }) => [{ interface: name }, transmit.errors]),
  },
  {
    name: "kubevirt_vmi_network_transmit_packets_dropped_total",
    type: "counter",
    help: "The total number of tx packets dropped on vNIC interfaces.",
    figures: ({ interfaces }) => interfaces.map(({ name, transmit }) => [{ interface: name }, transmit.dropped]),
  },
  {
    name: "kubevirt_vmi_network_traffic_bytes_total",
    type: "counter",
    help: "[Deprecated] Total number of bytes sent and received.",
    figures: ({ interfaces }) =>
      interfaces.flatMap(({ name, receive, transmit }) => [
        [{ interface: name, type: "rx" }, receive.bytes],
        [{ interface: name, type: "tx" }, transmit.bytes],
      ]),
  },
  {
    name: "kubevirt_vmi_storage_iops_read_total",
    type: "counter",
    help: "Total number of I/O read operations.",
    figures: ({ drives }) => drives.map(({ name, read }) => [{ drive: name }, read.operations]),
  },
  {
    name: "kubevirt_vmi_storage_iops_write_total",
    type: "counter",
    help: "Total number of I/O write operations.",
    figures: ({ drives }) => drives.map(({ name, write }) => [{ drive: name }, write.operations]),
  },
  {
    name: "kubevirt_vmi_storage_read_traffic_bytes_total",
    type: "counter",
    help: "Total number of bytes read from storage.",
    figures: ({ drives }) => drives.map(({ name, read }) => [{ drive: name }, read.bytes]),
  },
  {
    name: "kubevirt_vmi_storage_write_traffic_bytes_total",
    type: "counter",
    help: "Total number of written bytes.",
    figures: ({ drives }) => drives.map(({ name, write }) => [{ drive: name }, write.bytes]),
  },
  {
    name: "kubevirt_vmi_storage_read_times_seconds_total",
    type: "counter",
    help: "Total time spent on read operations.",
    figures: ({ drives }) => drives.map(({ name, read }) => [{ drive: name }, read.seconds]),
  },
  {
    name: "kubevirt_vmi_storage_write_times_seconds_total",
    type: "counter",
    help: "Total time spent on write operations.",
    figures: ({ drives }) => drives.map(({ name, write }) => [{ drive: name }, write.seconds]),
  },
  {
    name: "kubevirt_vmi_storage_flush_requests_total",
    type: "counter",
    help: "Total storage flush requests.",
    figures: ({ drives }) => drives.map(({ name, flush }) => [{ drive: name }, flush.operations]),
  },
  {
    name: "kubevirt_vmi_storage_flush_times_seconds_total",
    type: "counter",
    help: "Total time spent on cache flushing.",
    figures: ({ drives }) => drives.map(({ name, flush }) => [{ drive: name }, flush.seconds]),
  },
  {
    name: "kubevirt_vmi_filesystem_capacity_bytes",
    type: "gauge",
    help: "Total VM filesystem capacity in bytes.",
    figures: ({ fileSystems }) => fileSystems.map((each) => [fileSystemLabels(each), each.capacityBytes]),
  },
  {
    name: "kubevirt_vmi_filesystem_used_bytes",
    type: "gauge",
    help: "Used VM filesystem capacity in bytes.",
    figures: ({ fileSystems }) => fileSystems.map((each) => [fileSystemLabels(each), each.usedBytes]),
  },
];

/** A figure without labels of its own; none when there is no value. */
function one(value: number | undefined): readonly Figure[] {
  return value === undefined ? [] : [[{}, value]];
}

function fileSystemLabels({ diskName, mountPoint, type }: Domain["fileSystems"][number]): Record<string, string> {
  return { disk_name: diskName, mount_point: mountPoint, file_system_type: type };
}
