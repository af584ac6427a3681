import { beforeV11, distinct, quotient, rateOf, sinceV11 } from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

const usage = rateOf("kubevirt_vmi_cpu_usage_seconds_total");
const usageBefore11 = rateOf("kubevirt_vmi_cpu_usage_seconds");

/** Processor time of the whole virtual machine. */
export const cpuMetrics: readonly VmMetric[] = [
  {
    name: "cpu-usageCores",
    unit: "Cores",
    kind: "rate",
    help: "Host processor time that the virtual machine uses per second: its virtual CPUs and the emulator around them.",
    stability: "ALPHA",
    sources: [
      sinceV11("kubevirt_vmi_cpu_usage_seconds_total", usage),
      beforeV11("kubevirt_vmi_cpu_usage_seconds", "v0.59 to v1.0, whole seconds", usageBefore11),
    ],
  },
  {
    name: "cpu-usageRatio",
    unit: "Ratio",
    kind: "rate",
    help: "The processor time that the virtual machine uses, divided by its number of virtual CPUs. It can exceed 1, because the emulator's own work is included.",
    stability: "ALPHA",
    sources: [
      sinceV11(
        "kubevirt_vmi_cpu_usage_seconds_total / kubevirt_vmi_vcpu_seconds_total",
        quotient(usage, distinct("kubevirt_vmi_vcpu_seconds_total", "id")),
      ),
      beforeV11(
        "kubevirt_vmi_cpu_usage_seconds / kubevirt_vmi_vcpu_seconds",
        "v0.59 to v1.0, whole seconds",
        quotient(usageBefore11, distinct("kubevirt_vmi_vcpu_seconds", "id")),
      ),
    ],
  },
];
