import { aggregateName, type Aggregation, aggregationsOf } from "../../src/naming/aggregation.ts";
import type { Target } from "../../src/naming/metric-request.ts";
import type { VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { addsUp } from "../../src/vm/metric-names.ts";
import type { Inventory } from "../../src/vm/objects.ts";
import { activePodOf, pool, replicaSet } from "./kubevirt-inventory.ts";
import { type Expected, externalCase, type MetricCase, objectCase } from "./metric-case.ts";
import type { VmTruth } from "./metric-truth.ts";

/** Which metrics are asked for, and what is true of which virtual machines. */
export interface Subjects {
  readonly metrics: readonly VmMetric[];
  /** All of these have an instance. */
  readonly truths: readonly VmTruth[];
  readonly inventory: Inventory;
}

/** A metric and all virtual machines of a namespace. */
export interface Subject {
  readonly metric: VmMetric;
  readonly namespace: string;
  readonly truths: readonly VmTruth[];
}

/** VirtualMachineInstances. */
export const instances = { group: "kubevirt.io", resource: "virtualmachineinstances" } as const;
/** All objects of a kind. */
export const everything: Target = { by: "selector", selector: [] };

/** Each metric of all instances of a namespace at once. */
export function instanceCases(subjects: Subjects): readonly MetricCase[] {
  return eachSubject(subjects).map(({ metric, namespace, truths }) => {
    const question = { metric: metric.name, resource: instances, namespace, target: everything };
    return objectCase(question, metric, expectedOf(truths, metric));
  });
}

/** Each metric of all VirtualMachines of a namespace at once: one that has no instance has no figure. */
export function machineCases(subjects: Subjects): readonly MetricCase[] {
  const resource = { group: "kubevirt.io", resource: "virtualmachines" };
  return eachSubject(subjects).map(({ metric, namespace, truths }) => {
    const figures = expectedOf(truths, metric);
    const machines = subjects.inventory.virtualMachines.list(namespace);
    return objectCase(
      { metric: metric.name, resource, namespace, target: everything },
      metric,
      new Map(machines.map(({ name }) => [name, figures.get(name)])),
    );
  });
}

/** What a value in a unit is to be multiplied by in another one. */
const aliases = [
  { of: "Bytes", word: "KiB", factor: 1 / 1_024 },
  { of: "Bytes", word: "MiB", factor: 1 / 1_048_576 },
  { of: "Bytes", word: "GiB", factor: 1 / 1_073_741_824 },
  { of: "Seconds", word: "Milliseconds", factor: 1_000 },
  { of: "Cores", word: "Millicores", factor: 1_000 },
  { of: "Ratio", word: "Percent", factor: 100 },
];

/** Each metric of all instances of a namespace in all its other units. */
export function aliasCases(subjects: Subjects): readonly MetricCase[] {
  return eachSubject(subjects).flatMap(({ metric, namespace, truths }) =>
    aliases
      .filter(({ of }) => metric.unit.startsWith(of))
      .map(({ of, word, factor }) => {
        const alias = metric.name.slice(0, -metric.unit.length) + metric.unit.replace(of, word);
        const question = { metric: alias, resource: instances, namespace, target: everything };
        const values = [...expectedOf(truths, metric)].map(([name, value]) => [name, value && value * factor] as const);
        return objectCase(question, metric, new Map(values));
      }),
  );
}

/** Each metric of all launcher pods of a namespace at once: of two that a virtual machine has, only the active one has it. */
export function podCases({ inventory, ...subjects }: Subjects): readonly MetricCase[] {
  return eachSubject(subjects).map(({ metric, namespace, truths }) => {
    const question = { metric: metric.name, resource: { group: "", resource: "pods" }, namespace, target: everything };
    const active = new Map(truths.map((truth) => [activePodOf(truth.name), truth]));
    const pods = inventory.launcherPods.list(namespace);
    return objectCase(
      question,
      metric,
      new Map(pods.map(({ name }) => [name, active.get(name)?.of(metric.name)?.value])),
    );
  });
}

/** Each metric of the pool and of the replica set, in each aggregate that it has; none where these are not there. */
export function aggregateCases({ metrics, truths, inventory }: Subjects): readonly MetricCase[] {
  const pools = { group: "pool.kubevirt.io", resource: "virtualmachinepools" };
  const replicaSets = { group: "kubevirt.io", resource: "virtualmachineinstancereplicasets" };
  const sets = [
    [pools, inventory.virtualMachinePools, pool],
    [replicaSets, inventory.virtualMachineInstanceReplicaSets, replicaSet],
  ] as const;
  return sets.flatMap(([resource, known, { namespace, name, members }]) => {
    if (known.get(namespace, name) === undefined) return [];
    const own = truths.filter(
      (truth) => truth.namespace === namespace && members.some((member) => member === truth.name),
    );
    const target: Target = { by: "name", name };
    return metrics.flatMap((metric) => {
      const values = own.flatMap((truth) => truth.of(metric.name)?.value ?? []);
      return aggregatesOf(metric).map(([form, aggregation]) =>
        objectCase(
          { metric: form, resource, namespace, target },
          metric,
          // One of two members is too few.
          new Map([[name, values.length < members.length ? undefined : combine[aggregation](values)]]),
        ),
      );
    });
  });
}

/** Each metric as an external one: of those that have a figure in one list, of each one by its name before the metric's. */
export function externalCases(subjects: Subjects): readonly MetricCase[] {
  return eachSubject(subjects).flatMap(({ metric, namespace, truths }) => {
    const all = [...expectedOf(truths, metric)];
    // Longer names cannot be selected.
    const selectable = all.filter(([name, value]) => value !== undefined && name.length <= 63);
    const selector = `vm in (${selectable.map(([name]) => name).join(",")})`;
    const list = externalCase({ metric: metric.name, namespace, selector }, metric, new Map(selectable));
    const single = all.map(([name, value]) =>
      externalCase({ metric: `${name}-${metric.name}`, namespace }, metric, new Map([[name, value]])),
    );
    return selectable.length === 0 ? single : [list, ...single];
  });
}

/** Each metric of a namespace, under the name of each of its virtual machines before the metric's. */
export function prefixCases(subjects: Subjects): readonly MetricCase[] {
  return eachSubject(subjects).flatMap(({ metric, namespace, truths }) =>
    truths.map((truth) =>
      objectCase(
        {
          metric: `${truth.name}-${metric.name}`,
          resource: { group: "", resource: "namespaces" },
          target: { by: "name", name: namespace },
        },
        metric,
        new Map([[namespace, truth.of(metric.name)?.value]]),
      ),
    ),
  );
}

/** Each metric with the virtual machines of each namespace. */
export function eachSubject({ metrics, truths }: Pick<Subjects, "metrics" | "truths">): readonly Subject[] {
  const namespaces = [...Map.groupBy(truths, ({ namespace }) => namespace)];
  return metrics.flatMap((metric) => namespaces.map(([namespace, own]) => ({ metric, namespace, truths: own })));
}

function expectedOf(truths: readonly VmTruth[], { name: metric }: VmMetric): Expected {
  return new Map(truths.map(({ name, of }) => [name, of(metric)?.value]));
}

/** The names of a metric's aggregates, the bare one among them if it has a meaning. */
function aggregatesOf(metric: VmMetric): readonly (readonly [string, Aggregation])[] {
  const { name, unit } = metric;
  const named = aggregationsOf(unit).map((each) => [aggregateName(name, unit, each), each] as const);
  return addsUp(metric) ? [[name, "Sum"], ...named] : named;
}

type Combine = (values: readonly number[]) => number;

const combine: Readonly<Record<Aggregation, Combine>> = {
  Sum: sum,
  Average: (values) => sum(values) / values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
};

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
