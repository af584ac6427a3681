import { aggregateName, aggregationsOf } from "../../naming/aggregation.ts";
import { formatMetricName, parseLeaf, parseMetricName, unitOf } from "../../naming/metric-name.ts";
import { aliasesOf } from "../../naming/unit.ts";
import { among, each, type Finding, type Rule } from "./rule.ts";
import type { VmMetric } from "../catalogue/vm-metric.ts";

/** A name is `group-leaf`, without virtual machine and device, and its leaf ends in a base unit. */
export const grammar: Rule = each(({ name }) => {
  const parsed = parseMetricName(name);
  if (parsed === undefined) return ["is not group-leaf"];
  if (parsed.vm !== undefined || parsed.device !== undefined) return ["names a virtual machine or a device"];
  if (parseLeaf(parsed.leaf) === undefined) return ["is not lower camel case that ends in a unit"];
  return unitOf(name) === undefined ? ["ends in an alias of a unit"] : [];
});

/** The unit is the one that the name says. */
export const unit: Rule = each(({ name, unit: stated }) => {
  const said = unitOf(name);
  return said === undefined || said === stated ? [] : [`unit is ${stated}, but the name says ${said}`];
});

/** What only grows is a `Total`, and the names of states are a `Code` or a `Boolean`, and the other way round. */
export const kind: Rule = each(({ unit: stated, kind: given }) => {
  const said = stated.endsWith("Total") ? "cumulative" : /^(?:Code|Boolean)$/u.test(stated) ? "state" : undefined;
  const isSaid = said === given || (said === undefined && given !== "cumulative" && given !== "state");
  return isSaid ? [] : [`kind is ${given}, which does not fit ${stated}`];
});

/** No two names are equal. External metrics are asked for in lower case, so capitals make no difference. */
export const duplicate: Rule = among((metrics) =>
  metrics.flatMap(({ name }, index) => {
    const earlier = metrics.slice(0, index).find((other) => isSame(other.name, name));
    return earlier === undefined ? [] : [{ metric: name, detail: `is the name of ${earlier.name}, too` }];
  }),
);

/**
 * No name is also understood as a form of another metric: as an aggregate of it, in another unit, of a device, or of one
 * virtual machine. Nor is a form of two metrics the same.
 */
export const clash: Rule = among((metrics) => {
  const forms = metrics.flatMap((metric) => formsOf(metric).map((form) => ({ form, of: metric.name })));
  const shared = [...Map.groupBy(forms, ({ form }) => form.toLowerCase()).values()].flatMap(([first, ...others]) =>
    others.flatMap(({ form, of }) => (first === undefined || of === first.of ? [] : [{ form, of, first: first.of }])),
  );
  const pairs = Map.groupBy(shared, ({ of, first }) => `${of} ${first}`);
  return [...pairs.values()].flatMap(([pair]) =>
    pair === undefined ? [] : [{ metric: pair.of, detail: `answers to ${pair.form}, as ${pair.first} does` }],
  );
});

/**
 * Related metrics share the beginning of their names: a word has one place within a group. A name in which a word stands
 * elsewhere than in most others (than in the first, if as many do) breaks it: `migration-processedMemoryBytes` beside
 * `migration-memoryRemainingBytes`.
 */
export const prefix: Rule = among((metrics) => {
  const words = metrics.flatMap(({ name }) => placesOf(name));
  return [...Map.groupBy(words, ({ key }) => key).values()].flatMap((same): readonly Finding[] => {
    const byPlace = Map.groupBy(same, ({ place }) => place);
    const [usual] = [...byPlace].toSorted(([, a], [, b]) => b.length - a.length);
    if (usual === undefined || usual[1][0] === undefined) return [];
    const [place, [example]] = usual;
    return same
      .filter((word) => word.place !== place)
      .map(({ name, word }) => ({ metric: name, detail: `"${word}" stands elsewhere than in ${example.name}` }));
  });
});

/** Every name that a metric answers to, without the devices and virtual machines that can be in it. */
function formsOf({ name, unit: stated }: VmMetric): readonly string[] {
  const aggregates = aggregationsOf(stated).map((aggregation) => aggregateName(name, stated, aggregation));
  const aliases = [name, ...aggregates].flatMap((form) =>
    aliasesOf(stated).map(({ word }) => form.slice(0, form.length - stated.length) + word),
  );
  return [name, ...aggregates, ...aliases].map(bare);
}

/** The name without virtual machine and device. */
function bare(name: string): string {
  const parsed = parseMetricName(name);
  return parsed === undefined ? name : formatMetricName({ group: parsed.group, leaf: parsed.leaf });
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The words of a name between group and unit, and their places. */
function placesOf(name: string): readonly { name: string; key: string; word: string; place: number }[] {
  const parsed = parseMetricName(name);
  const words = parseLeaf(parsed?.leaf ?? "")?.subject.match(/[A-Z]?[a-z0-9]+/gu) ?? [];
  return words.map((text, place) => {
    const word = text.toLowerCase();
    return { name, key: `${parsed?.group ?? ""} ${word}`, word, place };
  });
}
