import { formatGroupResource } from "../../naming/group-resource.ts";
import type { Mark } from "../colors.ts";
import { textTable } from "../text-table.ts";
import type { FoundSeries, RuleTrial, Sample, TriedMetric } from "./trial.ts";

/** So many names of series are shown for a rule. */
const maxSeries = 5;

/** What a rule finds, its metrics, and the answer to one request, for a person. */
export function trialText({ rule, series, metrics, error }: RuleTrial, mark: Mark): string {
  const title = mark("heading", `${rule.section}[${rule.index}]`);
  if (error !== undefined) return `${title}: Prometheus does not list its series\n`;
  const shown = metrics.filter(({ sample }) => sample !== undefined);
  const more = metrics.length - shown.length;
  return [
    `${title} finds ${describeSeries(series)}\n`,
    ...(metrics.length === 0 ? [] : [indent(metricTable(shown))]),
    ...(more > 0 ? [`  … and ${more} more; --metrics-per-rule asks for more of them\n`] : []),
    ...exampleIn(shown),
  ].join("");
}

function describeSeries(series: readonly FoundSeries[]): string {
  if (series.length === 0) return "nothing";
  const kept = series.filter(({ metric }) => metric !== undefined);
  const names = kept.slice(0, maxSeries).map(({ name, count }) => (count === undefined ? name : `${name} (${count})`));
  const left = series.length - kept.length;
  const more = kept.length > maxSeries ? [`${kept.length - maxSeries} more`] : [];
  const filtered = left === 0 ? "" : `; its filters leave out ${left} other ${left === 1 ? "name" : "names"}`;
  return `${[...names, ...more].join(", ") || "nothing"}${filtered}`;
}

function metricTable(metrics: readonly TriedMetric[]): string {
  return textTable(
    [
      ["METRIC", "SERIES", "OBJECT", "VALUE"],
      ...metrics.map((metric) => [nameOf(metric), metric.series, ...cellsOf(metric.sample)]),
    ],
    150,
  );
}

function nameOf({ resource, metric }: TriedMetric): string {
  return resource === undefined ? metric : `${formatGroupResource(resource)}/${metric}`;
}

function cellsOf(sample: Sample | undefined): readonly string[] {
  if (sample === undefined || "missing" in sample) return ["-", sample?.missing ?? "-"];
  const { subject, code, values } = sample;
  if (code !== 200) return [subject, `none: ${code}`];
  if (values.length === 0) return [subject, "none: an empty list"];
  return [subject, values.length === 1 ? values.join("") : `${values.length} values: ${values.slice(0, 4).join(", ")}`];
}

/** The request whose answer says most: one of an object, with a value. */
function exampleIn(metrics: readonly TriedMetric[]): readonly string[] {
  const samples = metrics.flatMap(({ resource, sample }) =>
    sample === undefined || "missing" in sample ? [] : [{ resource, sample }],
  );
  const [example] = samples.toSorted((a, b) => worthOf(b) - worthOf(a));
  if (example === undefined) return [];
  const { path, query, body } = example.sample;
  const asked = query === undefined ? [] : [`  asks Prometheus ${query}\n`];
  return [`\n  GET ${path}\n`, ...asked, indent(`${JSON.stringify(body, null, 2)}\n`)];
}

function worthOf({
  resource,
  sample,
}: {
  readonly resource?: TriedMetric["resource"];
  readonly sample: Sample;
}): number {
  const hasValue = !("missing" in sample) && sample.values.length > 0;
  const isPod = resource?.resource === "pods";
  return (hasValue ? 2 : 0) + (isPod ? 1 : 0);
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gmu, "  ");
}
