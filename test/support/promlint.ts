import type { Definition } from "../../src/monitoring/definition.ts";

/** One rule of Prometheus' own linter (`client_golang/prometheus/testutil/promlint`): its complaint, or undefined. */
type Rule = (definition: Definition) => string | undefined;

const notBaseUnits =
  /_(?:milli|micro|nano|kilo|mega|giga|kibi|mebi|gibi)?(?:seconds|bytes|cores|meters|grams|minutes|hours|days|weeks|bits|percent|percents)(?:_|$)/u;
const baseUnits = /_(?:seconds|bytes|cores|meters|grams)(?:_|$)/u;
const abbreviations = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

const rules: readonly Rule[] = [
  ({ help }) => (help === "" ? "no help text" : undefined),
  ({ name }) =>
    /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/u.test(name) ? undefined : "name is not in snake_case, or has a colon",
  ({ labels }) => labels.find((label) => !/^[a-z]+(?:_[a-z]+)*$/u.test(label)) && "a label is not in snake_case",
  ({ name, type }) =>
    (type === "counter") === name.endsWith("_total") ? undefined : 'counters end in "_total", and only they',
  ({ name }) => (/_(?:bucket|count|sum|info_total)$/u.test(name) ? "ends as parts of a histogram do" : undefined),
  ({ labels }) =>
    labels.some((label) => label === "le" || label === "quantile") ? "le and quantile are taken" : undefined,
  ({ name, type }) => (name.split("_").includes(type) ? "the type is in the name" : undefined),
  ({ name }) => (notBaseUnits.test(name) && !baseUnits.test(name) ? "not in a base unit" : undefined),
  ({ name }) => (name.split("_").some((word) => abbreviations.includes(word)) ? "a unit is abbreviated" : undefined),
  ({ labels, name }) => (labels.some((label) => name.includes(`_by_${label}_`)) ? "a label is in the name" : undefined),
  ({ type, buckets }) =>
    (type === "histogram") === (buckets !== undefined) ? undefined : "histograms have buckets, and only they",
  ({ buckets = [] }) =>
    buckets.every((bound, index) => Number.isFinite(bound) && bound > (buckets[index - 1] ?? -Infinity))
      ? undefined
      : "buckets do not ascend",
];

/** What is wrong with definitions, as `name: complaint`; empty when nothing is. */
export function promlint(definitions: readonly Definition[]): readonly string[] {
  const names = definitions.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...twice.map((name) => `${name}: defined twice`),
    ...definitions.flatMap((definition) =>
      rules.flatMap((rule) => {
        const complaint = rule(definition);
        return complaint === undefined ? [] : [`${definition.name}: ${complaint}`];
      }),
    ),
  ];
}
