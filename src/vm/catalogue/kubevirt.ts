import { type Identifier, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { coveredRate } from "../../promql/rate.ts";
import type { Exporter, Scope, SeriesLabels, Source } from "./vm-metric.ts";

/** KubeVirt's node agent, which writes the domain series of the virtual machines that run on its node. */
const virtHandler: Exporter = {
  name: "virt-handler",
  heartbeat: [known("kubevirt_vmi_cpu_usage_seconds_total"), known("kubevirt_vmi_cpu_usage_seconds")],
};

/** A source of virt-handler's. `since` is the first KubeVirt release that writes the series. */
export function virtHandlerSource(series: string, since: string, expression: Source["expression"]): Source {
  return { name: `${series} (KubeVirt ${since})`, exporter: virtHandler, expression };
}

/**
 * The rate of a counter, added up over the series that one virtual machine has in one job: its devices and, during a
 * live migration, its nodes. The same figure from a second job or a second replica of Prometheus is not added.
 */
export function rateOf(counter: string): Source["expression"] {
  return ({ labels, matchers, rate }) =>
    promql`max by (${subject(labels)}) (${coveredRate(known(counter), matchers, withinJob(labels), rate)})`;
}

/** One gauge less another that the same exporter took at the same time. */
export function differenceOf(minuend: string, subtrahend: string): Source["expression"] {
  return (scope) => {
    const difference = promql`${gaugePerNode(minuend, scope)} - ${gaugePerNode(subtrahend, scope)}`;
    return promql`max by (${subject(scope.labels)}) (${difference})`;
  };
}

/** How many different values `label` has among a virtual machine's series. */
export function distinct(series: string, label: string): Source["expression"] {
  return ({ labels, matchers }) => {
    const values = promql`count by (${[...subject(labels), known(label)]}) (${selector(known(series), matchers)})`;
    return promql`count by (${subject(labels)}) (${values})`;
  };
}

/** One figure divided by another, for each virtual machine. */
export function quotient(dividend: Source["expression"], divisor: Source["expression"]): Source["expression"] {
  return (scope) => promql`(${dividend(scope)}) / on (${subject(scope.labels)}) (${divisor(scope)})`;
}

/** A gauge for each node that reports it, free of the labels that are copied from the virtual machine and may flip. */
function gaugePerNode(series: string, { labels, matchers }: Scope): PromQL {
  return promql`max by (${[...withinJob(labels), known("node")]}) (${selector(known(series), matchers)})`;
}

function subject({ namespace, name }: SeriesLabels): readonly Identifier[] {
  return [namespace, name];
}

function withinJob(labels: SeriesLabels): readonly Identifier[] {
  return [...subject(labels), labels.job, ...labels.replica];
}
