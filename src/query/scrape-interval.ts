import type { MetricError } from "../naming/metric-error.ts";
import { duration, equals, identifier, type Identifier, type PromQL, promql, selector } from "../promql/expression.ts";
import { ok, type Result } from "../result.ts";
import type { Exporter } from "../vm/catalogue/vm-metric.ts";
import type { QueryInstant, Series } from "./prometheus.ts";

/** Tells how often an exporter is scraped, in milliseconds; undefined while too few samples are there to say. */
export type ScrapeIntervalOf = (exporter: Exporter) => Promise<Result<number | undefined, MetricError>>;

export interface ScrapeIntervalOptions {
  readonly query: QueryInstant;
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number;
}

const lookBack = duration(10 * 60_000);
const remeasureAfterMs = 5 * 60_000;
const retryAfterMs = 2_000;

/**
 * Measures the scrape interval of each exporter from the times of the samples of its best known series, in whole
 * seconds, and again every five minutes.
 */
export function createScrapeIntervals({ query, now }: ScrapeIntervalOptions): ScrapeIntervalOf {
  type Answer = Result<number | undefined, MetricError>;
  const measured = new Map<Exporter, { readonly answer: Promise<Answer>; readonly untilMs: number }>();

  async function remember(exporter: Exporter): Promise<Answer> {
    const answer = await measure(exporter, query);
    const good = answer.ok && answer.value !== undefined;
    measured.set(exporter, {
      answer: Promise.resolve(answer),
      untilMs: answer.ok ? now() + (good ? remeasureAfterMs : retryAfterMs) : now(),
    });
    return answer;
  }

  return (exporter) => {
    const known = measured.get(exporter);
    if (known !== undefined && now() < known.untilMs) return known.answer;
    const answer = remember(exporter);
    measured.set(exporter, { answer, untilMs: Infinity });
    return answer;
  };
}

async function measure({ heartbeat }: Exporter, query: QueryInstant): Promise<Result<number | undefined, MetricError>> {
  for (const series of heartbeat) {
    const longest = await query(promql`topk(1, count_over_time(${selector(series, [])}[${lookBack}]))`);
    if (!longest.ok) return longest;
    const [one] = longest.value;
    if (one === undefined) continue;
    const samples = await query(samplesOf(series, one));
    return samples.ok ? ok(intervalOf(samples.value)) : samples;
  }
  return ok(undefined);
}

function samplesOf(series: Identifier, { labels }: Series): PromQL {
  const matchers = Object.entries(labels).flatMap(([label, value]) => {
    const name = identifier(label);
    return name === undefined || name === "__name__" ? [] : [equals(name, value)];
  });
  return promql`${selector(series, matchers)}[${lookBack}]`;
}

/** The median of the gaps between samples, in whole seconds; a single gap may be a scrape that failed. */
function intervalOf(answer: readonly Series[]): number | undefined {
  const times = answer[0]?.points.map(({ timestampMs }) => timestampMs) ?? [];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return median === undefined || gaps.length < 2 ? undefined : Math.max(1_000, Math.round(median / 1_000) * 1_000);
}
