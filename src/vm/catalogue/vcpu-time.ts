import { duration, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { collectd, libvirtExporter, virtHandlerBefore11, virtHandlerBefore20 } from "../exporter.ts";
import type { CounterSource } from "./counters.ts";
import { matchersOf, type Reading } from "./expressions.ts";
import { inSeconds, virtHandlerOfRelease, virtHandlerWithoutRelease } from "./kubevirt-version.ts";
import type { Scope } from "./vm-metric.ts";

/** The processor time of each virtual CPU since v1.1, and under its names before that. */
export const time: Reading = { series: "kubevirt_vmi_vcpu_seconds_total", device: "id" };
export const timeBefore11: Reading = { series: "kubevirt_vmi_vcpu_seconds", device: "id" };
/** The same before v0.20. */
export const timeBefore20: Reading = { series: "kubevirt_vm_vcpu_seconds", device: "id" };

/** Where the processor time of virtual CPUs comes from. Their numbers are the same everywhere. */
export const vcpuTime: readonly CounterSource[] = [
  {
    versions: "KubeVirt since v1.1, in milliseconds if its release is v1.3 to v1.5",
    exporter: virtHandlerOfRelease,
    reading: time,
    samples: inSeconds,
  },
  {
    versions: "KubeVirt since v1.1 of an unknown release, in milliseconds if the size says so",
    exporter: virtHandlerWithoutRelease,
    reading: time,
    samples: inSecondsBySize,
  },
  { versions: "KubeVirt v0.20 to v1.0, whole seconds", exporter: virtHandlerBefore11, reading: timeBefore11 },
  {
    versions: "collectd's virt plugin",
    exporter: collectd,
    reading: { series: "collectd_virt_virt_vcpu_total", device: "virt" },
    factor: 1e-9,
  },
  {
    versions: "libvirt exporter",
    exporter: libvirtExporter,
    reading: { series: "libvirt_domain_vcpu_time_seconds_total", device: "vcpu" },
  },
  { versions: "KubeVirt v0.15 to v0.19, whole seconds", exporter: virtHandlerBefore20, reading: timeBefore20 },
];

/**
 * Samples in seconds of a target whose release is not known. What all virtual CPUs have used together is told from
 * milliseconds by what the whole virtual machine has used, of which it is a part and which is in seconds in all releases.
 * Where it could be neither there are no samples.
 */
function inSecondsBySize(samples: PromQL, scope: Scope): PromQL {
  // All labels but these are those of the whole virtual machine's series, because one report has both.
  const ofVcpu = [known("id"), known("state")];
  const [inAll, inWhole] = [spanOf(time, scope), spanOf({ series: "kubevirt_vmi_cpu_usage_seconds_total" }, scope)];
  const most = promql`sum without (${ofVcpu}) (max_over_time(${inAll}))`;
  const least = promql`sum without (${ofVcpu}) (min_over_time(${inAll}))`;
  const seconds = promql`and ignoring (${ofVcpu}) (${most} <= 3 * max_over_time(${inWhole}))`;
  const milliseconds = promql`and ignoring (${ofVcpu}) (${least} >= 30 * (min_over_time(${inWhole}) > 0))`;
  return promql`((${samples}) ${seconds} or 0.001 * ((${samples}) ${milliseconds}))`;
}

/** The samples of each series of all virtual CPUs, whichever are asked for, that a slope may be between. */
function spanOf(reading: Reading, scope: Scope): PromQL {
  const samples = selector(known(reading.series), matchersOf(reading, { ...scope, devices: [] }));
  return promql`${samples}[${duration(3 * scope.rate.intervalMs)}]`;
}
