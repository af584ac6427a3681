import { gaugeOf, ofNodes, virtHandlerSource } from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Memory of the host that the virtual machine uses. */
export const memoryMetrics: readonly VmMetric[] = [
  {
    name: "memory-residentBytes",
    unit: "Bytes",
    kind: "gauge",
    help: "Memory of the host that the process behind the virtual machine holds: what the guest has ever touched and not given back, and the emulator's own.",
    stability: "ALPHA",
    sources: [
      // While it migrates, source and target may both report: the target's memory is still being filled, so the higher counts.
      virtHandlerSource(
        "kubevirt_vmi_memory_resident_bytes",
        "v0.20",
        gaugeOf("kubevirt_vmi_memory_resident_bytes", ofNodes),
      ),
    ],
  },
];
