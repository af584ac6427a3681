import { promql } from "../../promql/expression.ts";
import { collectd, libvirtExporter, virtController } from "../exporter.ts";
import { codeOf, firstOf, gaugeOf, highest, negated, ofLeader, ofNodes, type Reading } from "./expressions.ts";
import { ofTinkoff } from "./foreign-devices.ts";
import { collectdGauge } from "./gauges.ts";
import { newestWithTime } from "./own-times.ts";
import type { Expression, Source, VmMetric } from "./vm-metric.ts";

/** libvirt's virDomainState, as far as it follows from the phase of an instance. */
const codeByPhase = { pending: 0, scheduling: 0, scheduled: 0, running: 1, succeeded: 5, failed: 6 };
/** The same from the status of a virtual machine: `paused` since v1.5, as the API spells it in v1.4. */
const codeByStatus = { paused: 3, Paused: 3 };

/** What follows of the state, which an instance without a VirtualMachine has only by its phase. */
function stateSource(numberOf: (code: number) => number): Source {
  function numbers(codes: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(codes).map(([value, code]) => [value, numberOf(code)]));
  }
  return {
    series: "kubevirt_vm_info, kubevirt_vmi_info",
    versions: "KubeVirt since v1.3, paused from v1.4 on",
    exporter: virtController,
    expression: firstOf(
      codeOf({ series: "kubevirt_vm_info" }, "status", numbers(codeByStatus), ofLeader),
      codeOf({ series: "kubevirt_vmi_info" }, "phase", numbers(codeByPhase), ofLeader),
    ),
  };
}

/** libvirt's state. The target of a migration is paused, too, until it takes over: a virtual machine that runs somewhere runs. */
function runningFirst(reading: Reading): Expression {
  return (scope) => {
    const states = ofNodes(reading, scope);
    const running = highest(promql`${states} == 1`, scope.subject);
    return promql`(${running} or ${highest(states, scope.subject)})`;
  };
}

const noAmount = "A state is no amount that more virtual machines would lower.";
const domainState = "collectd's virt plugin with ExtraStats domain_state";

/** In which state the guest is. */
export const guestStateMetrics: readonly VmMetric[] = [
  {
    name: "guest-stateCode",
    unit: "Code",
    kind: "state",
    help: "The state of the virtual machine as libvirt numbers it: 0 while it starts, 1 running, 3 paused, 5 shut off, 6 crashed. It follows from what KubeVirt's API says. An instance without a VirtualMachine, such as those of a replica set, reads 1 while it is paused.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 17,
    unsuitable: noAmount,
    sources: [
      stateSource((code) => code),
      {
        series: "collectd_virt_domain_state_state",
        versions: domainState,
        exporter: collectd,
        expression: runningFirst({ series: "collectd_virt_domain_state_state" }),
        time: newestWithTime({ series: "collectd_virt_domain_state_state" }).time,
      },
      {
        series: "libvirt_domain_info_state",
        versions: "libvirt exporter",
        exporter: libvirtExporter,
        expression: runningFirst({ series: "libvirt_domain_info_state" }),
      },
      {
        series: "libvirt_domain_info_vstate",
        versions: ofTinkoff,
        exporter: libvirtExporter,
        expression: runningFirst({ series: "libvirt_domain_info_vstate" }),
      },
    ],
  },
  {
    name: "guest-stateRunningBoolean",
    unit: "Boolean",
    kind: "state",
    help: "1 while the virtual machine runs, and 0 while it starts, is paused, has ended or has failed. It follows from what KubeVirt's API says. An instance without a VirtualMachine, such as those of a replica set, reads 1 while it is paused. There is none while KubeVirt does not know the state, as when a node is lost.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 17,
    unsuitable: noAmount,
    sources: [stateSource((code) => (code === 1 ? 1 : 0))],
  },
  {
    name: "guest-stateReasonCode",
    unit: "Code",
    kind: "state",
    help: "Why the virtual machine is in its state, as libvirt numbers the reasons. What a number means depends on guest-stateCode: 1 is booted of a running one and asked for of a paused one.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 18,
    unsuitable: noAmount,
    unfed: "it needs collectd's virt plugin with ExtraStats domain_state",
    sources: [collectdGauge(domainState, { series: "collectd_virt_domain_state_reason" })],
  },
  {
    name: "guest-stateEvictableBoolean",
    unit: "Boolean",
    kind: "state",
    help: "0 if the virtual machine would hold up a node's drain, because its eviction strategy is live migration and it cannot be migrated; otherwise 1.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: noAmount,
    sources: [
      {
        series: "kubevirt_vmi_non_evictable",
        versions: "KubeVirt since v0.41",
        exporter: virtController,
        // Of two leaders that disagree at the same moment, the one that says it cannot be evicted is believed.
        expression: negated(gaugeOf({ series: "kubevirt_vmi_non_evictable" }, ofLeader)),
      },
    ],
  },
];
