import {
  codeOf,
  differenceOf,
  firstOf,
  gaugeOf,
  negated,
  ofLeader,
  virtControllerSource,
  virtHandlerSource,
} from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

/** libvirt's virDomainState, as far as it follows from the phase of an instance. */
const codeByPhase = { pending: 0, scheduling: 0, scheduled: 0, running: 1, succeeded: 5, failed: 6 };
/** The same from the status of a virtual machine: `paused` since v1.5, as the API spells it in v1.4. */
const codeByStatus = { paused: 3, Paused: 3 };

/** What is known of the guest: what its own operating system reports, and in which state it is. */
export const guestMetrics: readonly VmMetric[] = [
  {
    name: "guest-memoryUsedBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory that the guest cannot give to new programs: all that it sees less what its kernel calls available. The guest's balloon driver reports both, every 10 seconds by default.",
    stability: "ALPHA",
    sources: [
      virtHandlerSource(
        "kubevirt_vmi_memory_available_bytes - kubevirt_vmi_memory_usable_bytes",
        "v0.41",
        // libvirt's "available" is the guest's MemTotal, "usable" its MemAvailable (virDomainMemoryStatTags).
        differenceOf("kubevirt_vmi_memory_available_bytes", "kubevirt_vmi_memory_usable_bytes"),
      ),
    ],
  },
  {
    name: "guest-stateCode",
    unit: "Code",
    kind: "gauge",
    help: "The state of the virtual machine as libvirt numbers it: 0 while it starts, 1 running, 3 paused, 5 shut off, 6 crashed. It follows from what KubeVirt's API says. An instance without a VirtualMachine, such as those of a replica set, reads 1 while it is paused.",
    stability: "ALPHA",
    sources: [
      virtControllerSource(
        "kubevirt_vm_info, kubevirt_vmi_info",
        "v1.3",
        firstOf(codeOf("kubevirt_vm_info", "status", codeByStatus), codeOf("kubevirt_vmi_info", "phase", codeByPhase)),
      ),
    ],
  },
  {
    name: "guest-stateEvictableBoolean",
    unit: "Boolean",
    kind: "gauge",
    help: "0 if the virtual machine would hold up a node's drain, because its eviction strategy is live migration and it cannot be migrated; otherwise 1.",
    stability: "ALPHA",
    sources: [
      virtControllerSource(
        "kubevirt_vmi_non_evictable",
        "v0.41",
        // Of two leaders that disagree at the same moment, the one that says it cannot be evicted is believed.
        negated(gaugeOf("kubevirt_vmi_non_evictable", ofLeader)),
      ),
    ],
  },
];
