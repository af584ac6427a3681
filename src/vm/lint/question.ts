import { equals, known } from "../../promql/expression.ts";
import type { RateOptions } from "../../promql/rate.ts";
import { parsePromQL } from "../../promql/parse.ts";
import type { Expr } from "../../promql/syntax-tree.ts";
import { valueTypeOf } from "../../promql/value-type.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Expression, Scope, Source, VmMetric } from "../catalogue/vm-metric.ts";
import type { SeriesLabels } from "../series-labels.ts";

/** Something that Prometheus is asked for a source. */
export interface Question {
  readonly source: Source;
  /** The source, and which of its expressions, for people. */
  readonly where: string;
  readonly scope: Scope;
  readonly text: string;
  /** What the text means, or why it means nothing that has one sample for each series. */
  readonly tree: Result<Expr, string>;
}

/** No series has a device of that name by chance. */
export const someDevice = "the-device";

const labels: SeriesLabels = {
  namespace: known("namespace"),
  name: known("name"),
  vmi: known("vmi"),
  node: known("node"),
  domain: known("domain"),
  collectdHost: known("instance"),
  instance: known("instance"),
  job: known("job"),
  replica: [known("prometheus_replica")],
};

/** A window, and one that is twice as long because a virtual machine has nothing in the first. */
const rates: readonly RateOptions[] = [
  { intervalMs: 15_000, windowMs: 150_000 },
  { intervalMs: 15_000, windowMs: 300_000, recentMs: 150_000 },
];

/** What is asked for a metric: of all devices and, where there are any that the source knows, of one; with each window. */
export function questionsOf(metric: VmMetric): readonly Question[] {
  return metric.sources.flatMap((source) => {
    const devices = metric.device !== undefined && source.foreignDevices !== true ? [false, true] : [false];
    const scopes = devices.flatMap((ofDevice) => rates.map((rate) => scopeFor(source, ofDevice, rate)));
    return scopes.flatMap((scope) => [
      question(source, nameOf(source), scope, source.expression),
      ...(source.time === undefined ? [] : [question(source, `${nameOf(source)}, time`, scope, source.time)]),
    ]);
  });
}

/** What a source is called where it is shown. */
export function nameOf({ series, versions }: Pick<Source, "series" | "versions">): string {
  return `${series} (${versions})`;
}

function question(source: Source, where: string, scope: Scope, expression: Expression): Question {
  const text = expression(scope);
  return { source, where, scope, text, tree: treeOf(text) };
}

function treeOf(text: string): Question["tree"] {
  const parsed = parsePromQL(text);
  if (!parsed.ok) return fail(`${parsed.error.detail} at ${parsed.error.offset}`);
  const type = valueTypeOf(parsed.value);
  if (!type.ok) return type;
  return type.value === "vector" ? ok(parsed.value) : fail(`is a ${type.value}`);
}

function scopeFor({ exporter }: Source, ofDevice: boolean, rate: RateOptions): Scope {
  const { subject, place, select } = exporter.identity;
  const here = [equals(known("cluster"), "here")];
  return {
    labels,
    subject: subject(labels),
    place: place(labels),
    cluster: here,
    matchers: [...here, ...select(labels, "shop", ["web-0"])],
    devices: ofDevice ? [{ op: "=", value: someDevice }] : [],
    rate,
    maxAgeMs: 120_000,
  };
}
