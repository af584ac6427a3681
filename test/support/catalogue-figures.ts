import type { RateOptions } from "../../src/promql/rate.ts";
import type { DeviceCondition, Source, VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import type { InputSeries } from "./promtool.ts";
import { promtoolTest } from "./promtool.ts";
import { scopeOf } from "./scope.ts";

/** What is asked of one source of a metric. */
export interface SourceQuestion {
  readonly metric: string;
  /** What the source's `series` or `versions` begins with, enough to tell it from the metric's others. */
  readonly source: string;
  readonly devices?: readonly DeviceCondition[];
  /** Asks for the time of the newest sample instead, in seconds. */
  readonly time?: true;
}

/** When the sources are asked, in seconds after the series begin: a little after a scrape. */
export const askedAt = 605;
/** Everything is scraped every 30 seconds: what has times of its own may be written every 10 seconds. */
const rate: RateOptions = { intervalMs: 30_000, windowMs: 120_000 };
const gridSeconds = 10;

/** A value at each scrape from one time to another, in seconds: 0, 30, 60 and so on. It ends with a staleness marker. */
export function scraped(
  series: string,
  value: number | ((seconds: number) => number),
  from = 0,
  to = askedAt,
): InputSeries {
  return everySeconds(30, series, value, from, to);
}

/** The same with times of its own: every ten seconds, and without a marker at its end. */
export function timed(
  series: string,
  value: number | ((seconds: number) => number),
  from = 0,
  to = askedAt,
): InputSeries {
  const { values } = everySeconds(gridSeconds, series, value, from, to);
  return { series, values: values.replace(/ stale$/u, "") };
}

function everySeconds(
  interval: number,
  series: string,
  value: number | ((seconds: number) => number),
  from: number,
  to: number,
): InputSeries {
  const count = Math.floor(Math.min(to + interval, askedAt) / gridSeconds) + 1;
  const values = Array.from({ length: count }, (_, index) => {
    const seconds = index * gridSeconds;
    if (seconds % interval !== 0 || seconds < from) return "_";
    if (seconds > to) return seconds - interval <= to ? "stale" : "_";
    return String(typeof value === "number" ? value : value(seconds));
  });
  return { series, values: values.join(" ") };
}

/** The source of a metric that a question is about; throws unless there is exactly one. */
function sourceOf(catalogue: readonly VmMetric[], { metric, source }: SourceQuestion): Source {
  const sources = catalogue.find(({ name }) => name === metric)?.sources ?? [];
  const found = sources.filter(({ series, versions }) => series.startsWith(source) || versions.startsWith(source));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} sources of ${metric} are ${source}`);
  return first;
}

/**
 * Lets Prometheus evaluate a source of a metric over series in namespace `shop`, and compares with the figures that are
 * expected, by virtual machine. Returns what is not as expected, or an empty text.
 */
export async function differences(
  catalogue: readonly VmMetric[],
  question: SourceQuestion,
  input: readonly InputSeries[],
  expected: Readonly<Record<string, number>>,
): Promise<string> {
  const { exporter, expression, time } = sourceOf(catalogue, question);
  const asked = question.time === true ? time : expression;
  if (asked === undefined) throw new Error(`${question.metric} has no times of its own`);
  const scope = { ...scopeOf(exporter, rate), devices: question.devices ?? [] };
  const figures = exporter.identity.named(scope.labels, asked(scope));
  const samples = Object.entries(expected).map(([name, value]) => ({
    labels: `{namespace="shop",name="${name}"}`,
    value,
  }));
  // NaN and infinity are no figures. Factors are not exact in floating-point numbers.
  const expr = `round((${figures}) < Inf, 1e-6)`;
  const expectations = [{ expr, eval_time: `${askedAt}s`, exp_samples: samples }];
  return promtoolTest(`${gridSeconds}s`, [{ input, expectations }]);
}
