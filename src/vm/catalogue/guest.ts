import { known, type Matcher, promql } from "../../promql/expression.ts";
import { virtController, virtHandlerSince11 } from "../exporter.ts";
import {
  atLeastZero,
  distinct,
  firstOf,
  gaugeOf,
  less,
  ofLeader,
  ofNodes,
  ofVmi,
  type Reading,
  since,
  sumOverTargets,
  zero,
} from "./expressions.ts";
import { nodeGauge } from "./gauges.ts";
import { guestFilesystemMetrics } from "./guest-filesystem.ts";
import { guestMemoryMetrics } from "./guest-memory.ts";
import { guestStateMetrics } from "./guest-state.ts";
import { newestWithTime } from "./own-times.ts";
import { vcpuCount, vcpuCountBefore20, vcpuCountSources } from "./vcpu.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

const connections: Reading = { series: "kubevirt_vnc_active_connections" };
const load1m: Reading = { series: "kubevirt_vmi_guest_load_1m" };
const panics: Reading = { series: "kubevirt_vmi_guest_os_panic_total" };
/** There is one of each virtual machine, in the releases that count panics. */
const reports: Reading = { series: "kubevirt_vmi_sync_total" };
const running: Reading = { series: "kubevirt_vm_running_status_last_transition_timestamp_seconds" };

/** How many processes run or wait in the guest, as a mean over some minutes. */
function load(minutes: 1 | 5 | 15): VmMetric {
  return {
    name: `guest-load${minutes}mProcesses`,
    unit: "Processes",
    kind: "gauge",
    help: `The guest's load average of ${minutes} minute${minutes === 1 ? "" : "s"}: how many of its processes run or wait to. It needs the guest's agent, qemu-guest-agent 10.0.0 or later.`,
    stability: "ALPHA",
    since: "0.1",
    sources: [nodeGauge(virtHandlerSince11, "KubeVirt since v1.7", { series: `kubevirt_vmi_guest_load_${minutes}m` })],
  };
}

/** Counts addresses. A virtual machine of which KubeVirt reports interfaces only, without any address, has none. */
function addresses(versions: string, device: string, type: Pick<Matcher, "op" | "value">): Source {
  const series = "kubevirt_vmi_status_addresses";
  const ofType = { label: known("type"), ...type };
  const present: Matcher = { label: known("address"), op: "!=", value: "" };
  const expression: Expression = (scope) => {
    // What has no name there is not one of the interfaces, whichever a condition says it is not.
    const named: readonly Matcher[] = scope.devices.length === 0 ? [] : [{ label: known(device), op: "!=", value: "" }];
    const interfaces: Reading = { series, device, where: [ofType, ...named] };
    const count = distinct({ series, device, where: [ofType, ...named, present] }, "address", ofLeader);
    return firstOf(count, zero(gaugeOf(interfaces, ofLeader)))(scope);
  };
  return { series, versions, exporter: virtController, expression };
}

/** The figures that are more than 0. */
function positive(figure: Expression): Expression {
  return (scope) => promql`(${figure(scope)}) > 0`;
}

/** What is known of the guest: what its own operating system reports, and in which state it is. */
export const guestMetrics: readonly VmMetric[] = [
  ...guestStateMetrics,
  ...guestMemoryMetrics,
  {
    name: "guest-cpuCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of processors that the guest sees. It is the number of virtual CPUs that are online on the host, which is the same unless the guest has switched some of them off.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 42,
    proxy: true,
    unsuitable: "It is how the virtual machine is configured, and does not follow the load.",
    sources: [...vcpuCountSources, vcpuCountBefore20],
  },
  ...guestFilesystemMetrics,
  {
    name: "guest-addressCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of IP addresses that KubeVirt knows of the virtual machine's interfaces. The addresses themselves are text, which a metric cannot be. Those of interfaces that only the guest knows need its agent, and count where no interface is chosen.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 44,
    device: "interface",
    unsuitable: "It follows from the virtual machine's network and says nothing of its load.",
    sources: [
      addresses("KubeVirt since v1.6", "vnic_name", { op: "!=", value: "InternalIP" }),
      addresses("KubeVirt v1.4 to v1.5, by interface in v1.5", "network_name", { op: "=", value: "InternalIP" }),
    ],
  },
  load(1),
  load(5),
  load(15),
  {
    name: "guest-queueProcesses",
    unit: "Processes",
    kind: "gauge",
    help: "How many processes of the guest wait for a processor: its load average of 1 minute less the number of its virtual CPUs, and 0 where that would be less. It needs the guest's agent, qemu-guest-agent 10.0.0 or later.",
    stability: "ALPHA",
    since: "0.1",
    sources: [
      {
        series: "kubevirt_vmi_guest_load_1m - kubevirt_vmi_vcpu_seconds_total",
        versions: "KubeVirt since v1.7",
        exporter: virtHandlerSince11,
        expression: atLeastZero(less(gaugeOf(load1m, ofNodes), vcpuCount)),
      },
    ],
  },
  {
    name: "guest-panicCountTotal",
    unit: "CountTotal",
    kind: "cumulative",
    help: "How often the guest's operating system has panicked, as far as its panic device told the nodes that it ran on. A node begins again at 0 when KubeVirt's agent on it is replaced. Where it is 0 there was no panic, or there is no panic device.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "It says what has happened since some time, and not how much there is to do now.",
    sources: [
      {
        series: `${panics.series}, ${reports.series}`,
        versions: "KubeVirt since v1.9",
        exporter: virtHandlerSince11,
        // A virtual machine without a panic has no series; the other one tells that the release would write it.
        expression: firstOf(sumOverTargets(panics, ["type", "bugcheck_code"]), zero(gaugeOf(reports, ofNodes))),
      },
    ],
  },
  {
    name: "guest-uptimeSeconds",
    unit: "Seconds",
    kind: "gauge",
    help: "Seconds since the VirtualMachine was last set to running: since it became ready or was unpaused. There is none while it has another status, such as starting, paused or migrating, and none for an instance without a VirtualMachine.",
    stability: "ALPHA",
    since: "0.1",
    additive: false,
    unsuitable: "Time goes on whatever the load is.",
    sources: [
      {
        series: running.series,
        versions: "KubeVirt since v0.59",
        exporter: virtController,
        // 0 or -1 stands for another status.
        expression: atLeastZero(since(positive(gaugeOf(running, ofLeader)))),
      },
    ],
  },
  {
    name: "guest-connectionsVncCount",
    unit: "Count",
    kind: "gauge",
    help: "Number of VNC consoles that are open, added up over the replicas of KubeVirt's API. There is none before the first one is opened, and none after a replica was replaced until the next one is.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "It is absent and not 0 until somebody opens a console.",
    sources: [
      {
        series: connections.series,
        versions: "KubeVirt since v0.44",
        exporter: virtController,
        writer: "virt-api",
        expression: ofVmi(sumOverTargets(connections)),
        time: ofVmi(newestWithTime(connections).time),
      },
    ],
  },
];
