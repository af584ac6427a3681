import { aggregateName, type Aggregation, aggregationsOf } from "../naming/aggregation.ts";
import { isAdditive } from "../naming/unit.ts";
import type { VmMetric } from "./catalogue/vm-metric.ts";

/** What a name stands for when it is asked of an object that stands for several virtual machines. */
export interface AggregateMetric {
  readonly metric: VmMetric;
  readonly aggregation: Aggregation;
}

/** The names under which the metrics of a catalogue can be asked. */
export interface MetricNames {
  /** A metric of one virtual machine: catalogue names. */
  readonly single: ReadonlyMap<string, VmMetric>;
  /** A metric of several: `cpu-usageCores` is the sum, `cpu-usageAverageCores` says what it is. */
  readonly aggregate: ReadonlyMap<string, AggregateMetric>;
  /** The names that say what is meant, by the bare name of a metric whose values cannot be added up. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  /** Of the aggregate names, those that discovery lists: the bare one where it means something, else all. */
  readonly listedAggregates: readonly string[];
}

/** Derives all names from the catalogue. An exact catalogue name wins over a name that is made from another. */
export function namesOf(catalogue: readonly VmMetric[]): MetricNames {
  const additive = catalogue.filter(({ unit }) => isAdditive(unit));
  const others = catalogue.filter(({ unit }) => !isAdditive(unit));
  function formsOf(metric: VmMetric): readonly string[] {
    return aggregationsOf(metric.unit).map((aggregation) => aggregateName(metric.name, metric.unit, aggregation));
  }
  return {
    single: new Map(catalogue.map((metric) => [metric.name, metric])),
    aggregate: new Map([
      ...catalogue.flatMap((metric) =>
        aggregationsOf(metric.unit).map(
          (aggregation) => [aggregateName(metric.name, metric.unit, aggregation), { metric, aggregation }] as const,
        ),
      ),
      ...additive.map((metric) => [metric.name, { metric, aggregation: "Sum" }] as const),
    ]),
    ambiguous: new Map(others.map((metric) => [metric.name, formsOf(metric)])),
    listedAggregates: [...additive.map(({ name }) => name), ...others.flatMap(formsOf)],
  };
}
