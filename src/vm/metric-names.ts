import { aggregateName, type Aggregation, aggregationsOf } from "../naming/aggregation.ts";
import { formatMetricName, type MetricName, parseMetricName } from "../naming/metric-name.ts";
import { aliasesOf, isAdditive } from "../naming/unit.ts";
import type { VmMetric } from "./catalogue/vm-metric.ts";

/** A metric under one of its names. */
export interface NamedMetric {
  readonly metric: VmMetric;
  /** What turns its values into the unit that the name says. */
  readonly factor: number;
}

/** The same of an object that stands for several virtual machines. */
export interface AggregateMetric extends NamedMetric {
  readonly aggregation: Aggregation;
}

/** What a name says beside the metric. */
export type NameParts = Pick<MetricName, "vm" | "device">;

/** The names under which the metrics of a catalogue can be asked. */
export interface MetricNames {
  /** A metric of one virtual machine: catalogue names, and the same in other units. */
  readonly single: ReadonlyMap<string, NamedMetric>;
  /** A metric of several: `cpu-usageCores` is the sum, `cpu-usageAverageCores` says what it is. */
  readonly aggregate: ReadonlyMap<string, AggregateMetric>;
  /** The names that say what is meant, by the bare name of a metric whose values cannot be added up. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
}

/** Derives all names from a catalogue. A catalogue's own name wins over one that is made from another. */
export function namesOf(catalogue: readonly VmMetric[]): MetricNames {
  const forms = catalogue.flatMap(unitForms);
  const sums = forms.filter(({ metric }) => addsUp(metric));
  const others = forms.filter(({ metric }) => !addsUp(metric));
  return {
    single: mapOf(forms.map(({ name, metric, factor }) => [name, { metric, factor }])),
    aggregate: mapOf([
      ...forms.flatMap((form) => aggregateForms(form)),
      ...sums.map(({ name, metric, factor }) => [name, { metric, factor, aggregation: "Sum" }] as const),
    ]),
    ambiguous: mapOf(others.map((form) => [form.name, aggregateForms(form).map(([name]) => name)])),
  };
}

/** Of an aggregate's names those that are its own: the bare one where it means something, else one for each aggregation. */
export function aggregateNamesOf(metric: VmMetric): readonly string[] {
  if (addsUp(metric)) return [metric.name];
  return aggregationsOf(metric.unit).map((aggregation) => aggregateName(metric.name, metric.unit, aggregation));
}

/** Whether the figures of several virtual machines can be added up. */
export function addsUp({ unit, additive }: VmMetric): boolean {
  return additive !== false && isAdditive(unit);
}

/** Takes off what a name says beside the metric; undefined for a text that no metric is called. */
export function withoutParts(text: string): { readonly name: string; readonly parts: NameParts } | undefined {
  const parsed = parseMetricName(text);
  if (parsed === undefined) return undefined;
  const { vm, device, ...rest } = parsed;
  const parts = { ...(vm === undefined ? {} : { vm }), ...(device === undefined ? {} : { device }) };
  return { name: formatMetricName(rest), parts };
}

/** Puts a virtual machine and a device into a name of the catalogue, or one of its forms. */
export function withParts(name: string, parts: NameParts): string {
  const parsed = parseMetricName(name);
  return parsed === undefined ? name : formatMetricName({ ...parsed, ...parts });
}

/** A name in one unit. */
interface UnitForm extends NamedMetric {
  readonly name: string;
  /** The words that end the name. */
  readonly unit: string;
}

/** A metric in its own unit and in the others; its own is the last, so that it wins. */
function unitForms(metric: VmMetric): readonly UnitForm[] {
  const { name, unit } = metric;
  const subject = name.slice(0, name.length - unit.length);
  const inOthers = aliasesOf(unit).map(({ word, factor }) => ({ name: subject + word, unit: word, metric, factor }));
  return [...inOthers, { name, unit, metric, factor: 1 }];
}

function aggregateForms({ name, unit, metric, factor }: UnitForm): readonly (readonly [string, AggregateMetric])[] {
  return aggregationsOf(metric.unit).map((aggregation) => {
    const subject = name.slice(0, name.length - unit.length);
    return [subject + aggregation + unit, { metric, factor, aggregation }] as const;
  });
}

/** Names of the catalogue come last in a map, and so they win. */
function mapOf<T extends NamedMetric | readonly string[]>(
  entries: readonly (readonly [string, T])[],
): ReadonlyMap<string, T> {
  return new Map(entries);
}
