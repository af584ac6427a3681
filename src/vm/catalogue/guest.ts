import { differenceOf, virtHandlerSource } from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

/** What the guest's own operating system reports. */
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
];
