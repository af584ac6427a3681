import { collectd, libvirtExporter, virtHandlerBefore11, virtHandlerSince11 } from "../exporter.ts";
import { type CounterSource, counterMetrics } from "./counters.ts";
import { quotient, rateOf } from "./expressions.ts";
import { vcpuCount, vcpuCountBefore11 } from "./vcpu.ts";
import type { VmMetric } from "./vm-metric.ts";

const nanoseconds = 1e-9;
const pcpu = "collectd's virt plugin with ExtraStats pcpu";

/** KubeVirt's series of processor time, of all of it or of the part that the series' names say. */
function ofKubevirt(part: "" | "user_" | "system_"): readonly CounterSource[] {
  return [
    {
      versions: "KubeVirt since v1.1",
      exporter: virtHandlerSince11,
      reading: { series: `kubevirt_vmi_cpu_${part}usage_seconds_total` },
    },
    {
      versions: "KubeVirt v0.59 to v1.0, whole seconds",
      exporter: virtHandlerBefore11,
      reading: { series: `kubevirt_vmi_cpu_${part}usage_seconds` },
    },
  ];
}

/** Processor time of the whole virtual machine. */
export const cpuMetrics: readonly VmMetric[] = [
  ...counterMetrics({
    rate: {
      name: "cpu-usageCores",
      unit: "Cores",
      help: "Host processor time that the virtual machine uses per second: its virtual CPUs and the emulator around them.",
    },
    total: {
      name: "cpu-timeSecondsTotal",
      unit: "SecondsTotal",
      help: "Host processor time that the virtual machine has used since it began to run where it runs.",
    },
    seedRow: 1,
    counters: [
      ...ofKubevirt(""),
      {
        versions: "collectd's virt plugin",
        exporter: collectd,
        reading: { series: "collectd_virt_virt_cpu_total_total" },
        factor: nanoseconds,
      },
      {
        versions: "libvirt exporter",
        exporter: libvirtExporter,
        reading: { series: "libvirt_domain_info_cpu_time_seconds_total" },
      },
    ],
  }),
  ...counterMetrics({
    rate: {
      name: "cpu-usageUserCores",
      unit: "Cores",
      help: "Host processor time per second that the virtual machine's processes spend in user mode. The guest's own work counts as user time of the host.",
    },
    total: {
      name: "cpu-timeUserSecondsTotal",
      unit: "SecondsTotal",
      help: "Host processor time that the virtual machine's processes have spent in user mode since it began to run where it runs.",
    },
    seedRow: 2,
    counters: [
      ...ofKubevirt("user_"),
      {
        versions: pcpu,
        exporter: collectd,
        reading: { series: "collectd_virt_ps_cputime_user_total" },
        factor: nanoseconds,
      },
    ],
  }),
  ...counterMetrics({
    rate: {
      name: "cpu-usageSystemCores",
      unit: "Cores",
      help: "Host processor time per second that the host's kernel spends for the virtual machine, on its input and output among others.",
    },
    total: {
      name: "cpu-timeSystemSecondsTotal",
      unit: "SecondsTotal",
      help: "Host processor time that the host's kernel has spent for the virtual machine since it began to run where it runs.",
    },
    seedRow: 3,
    counters: [
      ...ofKubevirt("system_"),
      {
        versions: pcpu,
        exporter: collectd,
        reading: { series: "collectd_virt_ps_cputime_syst_total" },
        factor: nanoseconds,
      },
    ],
  }),
  {
    name: "cpu-usageRatio",
    unit: "Ratio",
    kind: "rate",
    help: "The processor time that the virtual machine uses, divided by its number of virtual CPUs. It can exceed 1, because the emulator's own work is included.",
    stability: "ALPHA",
    since: "0.1",
    sources: [
      {
        series: "kubevirt_vmi_cpu_usage_seconds_total / kubevirt_vmi_vcpu_seconds_total",
        versions: "KubeVirt since v1.1",
        exporter: virtHandlerSince11,
        expression: quotient(rateOf({ series: "kubevirt_vmi_cpu_usage_seconds_total" }), vcpuCount),
      },
      {
        series: "kubevirt_vmi_cpu_usage_seconds / kubevirt_vmi_vcpu_seconds",
        versions: "KubeVirt v0.59 to v1.0, whole seconds",
        exporter: virtHandlerBefore11,
        expression: quotient(rateOf({ series: "kubevirt_vmi_cpu_usage_seconds" }), vcpuCountBefore11),
      },
    ],
  },
];
