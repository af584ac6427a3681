import { equals, known } from "../../promql/expression.ts";
import {
  collectd,
  libvirtExporter,
  virtController,
  virtHandlerBefore11,
  virtHandlerBefore20,
  virtHandlerSince11,
} from "../exporter.ts";
import { counterMetrics, type CounterSource, rateSource } from "./counters.ts";
import { codeOf, distinct, highestOf, ofLeader, ofNodes, type Reading } from "./expressions.ts";
import { ofEither } from "./foreign-devices.ts";
import { leaderGauge, libvirtGauge, nodeGauge } from "./gauges.ts";
import { time, timeBefore11, timeBefore20, vcpuTime } from "./vcpu-time.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

/** How many virtual CPUs are online. */
export const vcpuCount = countOf(time);
/** The same by the name that the series had before v1.1. */
export const vcpuCountBefore11 = countOf(timeBefore11);

function countOf({ series }: Reading): Expression {
  // Before v0.41 the state is a number at first.
  const online = { series, where: [{ label: known("state"), op: "!~", value: "offline|0" }] } as const;
  return distinct(online, "id", ofNodes);
}

/** Where KubeVirt says how many virtual CPUs are online. */
export const vcpuCountSources: readonly Source[] = [
  { series: time.series, versions: "KubeVirt since v1.1", exporter: virtHandlerSince11, expression: vcpuCount },
  {
    series: timeBefore11.series,
    versions: "KubeVirt v0.20 to v1.0",
    exporter: virtHandlerBefore11,
    expression: vcpuCountBefore11,
  },
];

/** The last to ask. */
export const vcpuCountBefore20: Source = {
  series: timeBefore20.series,
  versions: "KubeVirt v0.15 to v0.19",
  exporter: virtHandlerBefore20,
  expression: countOf(timeBefore20),
};

const configured = "It is how the virtual machine is configured, and does not follow the load.";

/** libvirt's virVcpuState. */
const codeByState = { offline: 0, running: 1, blocked: 2 };
/** The same as a label said it at first. */
const codeByNumber = { 0: 0, 1: 1, 2: 2 };

/** The series of the state before it may be visible still: what was written last counts. */
function stateSource(
  exporter: Source["exporter"],
  versions: string,
  reading: Reading,
  codes: Readonly<Record<string, number>> = codeByState,
): Source {
  const expression = codeOf(reading, "state", codes, ofLeader);
  return { series: reading.series, versions, exporter, expression };
}

const waits: readonly CounterSource[] = [
  {
    versions: "KubeVirt since v1.1",
    exporter: virtHandlerSince11,
    reading: { series: "kubevirt_vmi_vcpu_wait_seconds_total", device: "id" },
  },
  {
    versions: "KubeVirt v0.32 to v1.0, milliseconds",
    exporter: virtHandlerBefore11,
    reading: { series: "kubevirt_vmi_vcpu_wait_seconds", device: "id" },
    factor: 0.001,
  },
  libvirtTime("wait"),
];

const delays: readonly CounterSource[] = [
  {
    versions: "KubeVirt since v1.1",
    exporter: virtHandlerSince11,
    reading: { series: "kubevirt_vmi_vcpu_delay_seconds_total", device: "id" },
  },
  libvirtTime("delay"),
];

function libvirtTime(of: "wait" | "delay"): CounterSource {
  return {
    versions: "libvirt exporter",
    exporter: libvirtExporter,
    reading: { series: `libvirt_domain_vcpu_${of}_seconds_total`, device: "vcpu" },
  };
}

/** The virtual CPUs, each by its number or all together. */
export const vcpuMetrics: readonly VmMetric[] = [
  {
    name: "vcpu-currentCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of virtual CPUs that are online.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 21,
    unsuitable: configured,
    sources: [
      ...vcpuCountSources,
      {
        series: "collectd_virt_virt_vcpu_total",
        versions: "collectd's virt plugin",
        exporter: collectd,
        expression: distinct({ series: "collectd_virt_virt_vcpu_total" }, "virt", ofNodes),
      },
      libvirtGauge({ series: "libvirt_domain_vcpu_current" }),
      libvirtGauge({ series: "libvirt_domain_info_virtual_cpus" }, ofEither),
      vcpuCountBefore20,
    ],
  },
  {
    name: "vcpu-maximumCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of virtual CPUs that the virtual machine can have. From KubeVirt it is the number that its VirtualMachine asks for (sockets, cores and threads multiplied), which is the maximum only if there is no room to plug in more while it runs (maxSockets). There is none for an instance without a VirtualMachine.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 22,
    proxy: true,
    unsuitable: configured,
    sources: [
      leaderGauge(virtController, "KubeVirt since v1.8", {
        series: "kubevirt_vm_resource_requests",
        where: [
          equals(known("resource"), "cpu"),
          equals(known("unit"), "cores"),
          equals(known("source"), "guest_effective"),
        ],
      }),
      libvirtGauge({ series: "libvirt_domain_vcpu_maximum" }),
    ],
  },
  {
    name: "vcpu-stateCode",
    unit: "Code",
    kind: "state",
    help: "The state of a virtual CPU as libvirt numbers it: 0 offline, 1 running, 2 blocked. QEMU calls each one that is online running, whether it has work or not. Without a virtual CPU chosen it is the highest of them.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 23,
    device: "vcpu",
    unsuitable: "A state is no amount, and QEMU says running of each virtual CPU that is online.",
    sources: [
      stateSource(virtHandlerSince11, "KubeVirt since v1.1", time),
      stateSource(virtHandlerBefore11, "KubeVirt v0.41 to v1.0", timeBefore11),
      stateSource(virtHandlerBefore11, "KubeVirt from v0.20, as a number", timeBefore11, codeByNumber),
      {
        series: "libvirt_domain_vcpu_state",
        versions: "libvirt exporter",
        exporter: libvirtExporter,
        expression: highestOf({ series: "libvirt_domain_vcpu_state", device: "vcpu" }, ofNodes),
      },
      stateSource(virtHandlerBefore20, "KubeVirt v0.15 to v0.19", timeBefore20, codeByNumber),
    ],
  },
  ...counterMetrics({
    rate: {
      name: "vcpu-usageCores",
      unit: "Cores",
      help: "Host processor time that the virtual CPUs use per second, without the emulator around them: at most 1 for each.",
    },
    total: {
      name: "vcpu-timeSecondsTotal",
      unit: "SecondsTotal",
      help: "Host processor time that the virtual CPUs have used since the virtual machine began to run where it runs.",
    },
    seedRow: 24,
    device: "vcpu",
    counters: vcpuTime,
  }),
  {
    name: "vcpu-waitSecondsPerSecond",
    unit: "SecondsPerSecond",
    kind: "rate",
    help: "Time per second that the virtual CPUs wait for input and output of the host, added up over them.",
    stability: "ALPHA",
    since: "0.1",
    device: "vcpu",
    sources: waits.map(rateSource),
  },
  {
    name: "vcpu-delaySecondsPerSecond",
    unit: "SecondsPerSecond",
    kind: "rate",
    help: "Time per second that the virtual CPUs have work and get no processor of the host, added up over them. The guest sees it as stolen time.",
    stability: "ALPHA",
    since: "0.1",
    device: "vcpu",
    sources: delays.map(rateSource),
  },
  {
    name: "vcpu-affinityCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of pairs of a virtual CPU and a processor of the node that it may run on. It changes with the node.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: configured,
    sources: [nodeGauge(virtHandlerSince11, "KubeVirt since v1.1", { series: "kubevirt_vmi_node_cpu_affinity" })],
  },
];
