import { createBoundedCache } from "../bounded-cache.ts";
import type { MetricError } from "../naming/metric-error.ts";
import {
  duration,
  equals,
  identifier,
  type Identifier,
  type Matcher,
  type PromQL,
  promql,
  selector,
} from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Exporter } from "../vm/catalogue/vm-metric.ts";
import type { QueryInstant, Series } from "./prometheus.ts";

/**
 * Tells how often an exporter's series that `matchers` select are scraped, in milliseconds; undefined while too few
 * samples are there to say.
 */
export type ScrapeIntervalOf = (
  exporter: Exporter,
  matchers: readonly Matcher[],
) => Promise<Result<number | undefined, MetricError>>;

export interface ScrapeIntervalOptions {
  readonly query: QueryInstant;
  /** The label that tells scrape jobs apart: each has an interval of its own. */
  readonly jobLabel: Identifier;
  readonly maxEntries: number;
  /** Monotonic clock, in milliseconds, never zero. */
  readonly now: () => number;
}

type Answer = Result<number | undefined, MetricError>;

const lookBack = duration(10 * 60_000);
const rememberMs = 60_000;
const retryMs = 2_000;
/** An interval that was changed is known after so many scrapes; a single gap may be a scrape that failed. */
const newestGaps = 5;

/**
 * Measures scrape intervals from the times of samples, in whole seconds, and again every minute. Where jobs differ, the
 * longest interval counts: a window that suits the slowest job suits the others.
 */
export function createScrapeIntervals(options: ScrapeIntervalOptions): ScrapeIntervalOf {
  const { maxEntries, now } = options;
  const known = createBoundedCache<string, { readonly intervalMs: number | undefined }>({
    maxEntries,
    ttlMs: rememberMs,
    now,
  });
  const flights = new Map<string, Promise<Answer>>();

  async function fly(key: string, exporter: Exporter, matchers: readonly Matcher[]): Promise<Answer> {
    try {
      const answer = await measure(exporter, matchers, options);
      if (answer.ok) known.set(key, { intervalMs: answer.value }, answer.value === undefined ? retryMs : rememberMs);
      return answer;
    } finally {
      flights.delete(key);
    }
  }

  return (exporter, matchers) => {
    const key = JSON.stringify([exporter.name, matchers]);
    const remembered = known.get(key);
    if (remembered !== undefined) return Promise.resolve(ok(remembered.intervalMs));
    const flight = flights.get(key) ?? fly(key, exporter, matchers);
    flights.set(key, flight);
    return flight;
  };
}

async function measure(
  { heartbeat }: Exporter,
  matchers: readonly Matcher[],
  { query, jobLabel }: ScrapeIntervalOptions,
): Promise<Answer> {
  const intervals: number[] = [];
  for (const series of heartbeat) {
    const samples = selector(series, matchers);
    const longest = await query(promql`topk by (${jobLabel}) (1, count_over_time(${samples}[${lookBack}]))`);
    if (!longest.ok) return longest;
    for (const one of longest.value) {
      const times = await query(samplesOf(series, one));
      if (!times.ok) return fail(times.error);
      intervals.push(...intervalOf(times.value));
    }
  }
  return ok(intervals.length === 0 ? undefined : Math.max(...intervals));
}

function samplesOf(series: Identifier, { labels }: Series): PromQL {
  const matchers = Object.entries(labels).flatMap(([label, value]) => {
    const name = identifier(label);
    return name === undefined || name === "__name__" ? [] : [equals(name, value)];
  });
  return promql`${selector(series, matchers)}[${lookBack}]`;
}

/** The median of the newest gaps between samples, in whole seconds; none while there are less than two. */
function intervalOf(answer: readonly Series[]): readonly number[] {
  const times = answer[0]?.points.map(({ timestampMs }) => timestampMs) ?? [];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const newest = gaps.slice(-newestGaps).toSorted((a, b) => a - b);
  const median = newest[Math.floor(newest.length / 2)];
  return median === undefined || gaps.length < 2 ? [] : [Math.max(1_000, Math.round(median / 1_000) * 1_000)];
}
