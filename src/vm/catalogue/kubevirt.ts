import { duration, equals, type Identifier, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { newestSamples } from "../../promql/newest.ts";
import { coveredRate } from "../../promql/rate.ts";
import type { Exporter, Scope, SeriesLabels, Source } from "./vm-metric.ts";

const cpuSince11 = known("kubevirt_vmi_cpu_usage_seconds_total");
const cpuBefore11 = known("kubevirt_vmi_cpu_usage_seconds");

/** KubeVirt's node agent, which writes the domain series of the virtual machines that run on its node. */
const virtHandler: Exporter = { name: "virt-handler", heartbeat: [cpuSince11, cpuBefore11] };

/**
 * The same in versions that write a series under one name and not under another. When an upgrade is rolled back, what
 * the newer version wrote is as old as its own newest sample.
 */
const virtHandlerSince11: Exporter = { name: "virt-handler since v1.1", heartbeat: [cpuSince11] };
const virtHandlerBefore11: Exporter = { name: "virt-handler before v1.1", heartbeat: [cpuBefore11] };

/** KubeVirt's controller, whose leader writes what the API says of the virtual machines. */
const virtController: Exporter = {
  name: "virt-controller",
  // The first is there since v1.3, the second in all versions.
  heartbeat: [known("kubevirt_vmi_info"), known("kubevirt_vmi_non_evictable")],
};

/** A source of virt-handler's. `since` is the first KubeVirt release that writes the series. */
export function virtHandlerSource(series: string, since: string, expression: Source["expression"]): Source {
  return { name: `${series} (KubeVirt ${since})`, exporter: virtHandler, expression };
}

/** A source of virt-handler's under a name that v1.1 brought. */
export function sinceV11(series: string, expression: Source["expression"]): Source {
  return { name: `${series} (KubeVirt v1.1)`, exporter: virtHandlerSince11, expression };
}

/** A source of virt-handler's under a name that v1.1 took away; `versions` had it. */
export function beforeV11(series: string, versions: string, expression: Source["expression"]): Source {
  return { name: `${series} (KubeVirt ${versions})`, exporter: virtHandlerBefore11, expression };
}

/** A source of virt-controller's. `since` is the first KubeVirt release that writes the series. */
export function virtControllerSource(series: string, since: string, expression: Source["expression"]): Source {
  return { name: `${series} (KubeVirt ${since})`, exporter: virtController, expression };
}

/** The newest samples of a series, with all their labels. */
export type Newest = (series: string, scope: Scope) => PromQL;

/**
 * Those of a series of virt-handler's. Nodes are scraped at different times of an interval, and while a virtual machine
 * migrates two of them may report it.
 */
export const ofNodes: Newest = (series, scope) => newest(series, scope, scope.rate.intervalMs);

/** Those of a series of virt-controller's: only its leader knows, so only the last scrape counts. */
export const ofLeader: Newest = (series, scope) => newest(series, scope, 0);

/** The rate of a counter, added up over a virtual machine's devices, which `device` is the label of. */
export function rateOf(counter: string, device?: string): Source["expression"] {
  return ({ labels, matchers, rate }) => {
    const { job, replica } = labels;
    const parts = device === undefined ? [] : [known(device)];
    return coveredRate(known(counter), matchers, { subject: subject(labels), place: node, parts, job, replica }, rate);
  };
}

/** A gauge; of several newest samples the highest. */
export function gaugeOf(series: string, newestOf: Newest): Source["expression"] {
  return (scope) => highest(newestOf(series, scope), scope);
}

/** One gauge of virt-handler's less another that it took at the same time, under the same labels. */
export function differenceOf(minuend: string, subtrahend: string): Source["expression"] {
  return (scope) => highest(promql`${ofNodes(minuend, scope)} - ${lastOf(subtrahend, scope)}`, scope);
}

/** How many different values `label` has among the newest samples of a series of virt-handler's. */
export function distinct(series: string, label: string): Source["expression"] {
  return (scope) => {
    const of = subject(scope.labels);
    return promql`count by (${of}) (count by (${[...of, known(label)]}) (${ofNodes(series, scope)}))`;
  };
}

/**
 * The number that stands for a label's value, on a series of virt-controller's that is 1 and says things by its labels.
 * A value that has no number gives no figure. Of two leaders that are scraped at the same moment the higher number counts,
 * so that all replicas of the adapter say the same.
 */
export function codeOf(series: string, label: string, codes: Readonly<Record<string, number>>): Source["expression"] {
  return (scope) => {
    const coded = Object.entries(codes)
      .map(([value, code]) => promql`0 * ${lastOf(series, scope, equals(known(label), value))} + ${code}`)
      .reduce((all, next) => promql`${all} or ${next}`);
    return highest(promql`(${coded}) and ${ofLeader(series, scope)}`, scope);
  };
}

/** The first figure where a virtual machine has it, or else the second. */
export function firstOf(first: Source["expression"], second: Source["expression"]): Source["expression"] {
  return (scope) => promql`(${first(scope)}) or on (${subject(scope.labels)}) (${second(scope)})`;
}

/** One figure divided by another, for each virtual machine. */
export function quotient(dividend: Source["expression"], divisor: Source["expression"]): Source["expression"] {
  return (scope) => promql`(${dividend(scope)}) / on (${subject(scope.labels)}) (${divisor(scope)})`;
}

/** 1 where a figure is 0, and 0 where it is 1. */
export function negated(figure: Source["expression"]): Source["expression"] {
  return (scope) => promql`1 - (${figure(scope)})`;
}

const node = known("node");

function newest(series: string, { labels, matchers, rate, maxAgeMs }: Scope, overlapMs: number): PromQL {
  const { intervalMs } = rate;
  return newestSamples(known(series), matchers, { subject: subject(labels), intervalMs, maxAgeMs, overlapMs });
}

/** The last sample of each series, unless it is too old. */
function lastOf(series: string, { matchers, maxAgeMs }: Scope, ...further: Scope["matchers"]): PromQL {
  return promql`last_over_time(${selector(known(series), [...matchers, ...further])}[${duration(maxAgeMs)}])`;
}

function highest(figures: PromQL, { labels }: Scope): PromQL {
  return promql`max by (${subject(labels)}) (${figures})`;
}

function subject({ namespace, name }: SeriesLabels): readonly Identifier[] {
  return [namespace, name];
}
