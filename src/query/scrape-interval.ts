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
  selectorOfAny,
} from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Exporter } from "../vm/exporter.ts";
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

/** What is known of one interval. */
interface Entry {
  readonly answer: Answer;
  /** When it is to be measured again, by the monotonic clock. */
  readonly dueMs: number;
}

const lookBack = duration(10 * 60_000);
const rememberMs = 60_000;
/** Few samples become enough soon. */
const fewRetryMs = 2_000;
/** An exporter that nobody runs, such as one of older versions, may never have any. */
const noneRetryMs = 5_000;
/** Intervals that nobody asks for are forgotten after this. */
const keepMs = 60 * 60_000;
/** An interval that was changed is known after so many scrapes; a single gap may be a scrape that failed. */
const newestGaps = 5;

/**
 * Measures scrape intervals from the times of samples, in whole seconds, and again every minute, while what is known goes
 * on to be used: it stays right when Prometheus fails, and when it was emptied. Where jobs differ, the longest interval
 * counts: a window that suits the slowest job suits the others.
 */
export function createScrapeIntervals(options: ScrapeIntervalOptions): ScrapeIntervalOf {
  const { maxEntries, now } = options;
  const entries = createBoundedCache<string, Entry>({ maxEntries, ttlMs: keepMs, now });
  const flights = new Map<string, Promise<Answer>>();

  async function fly(key: string, exporter: Exporter, matchers: readonly Matcher[]): Promise<Answer> {
    try {
      const measured = await measure(exporter, matchers, options);
      const found = measured.ok ? ok(measured.value.intervalMs) : measured;
      const before = entries.get(key)?.answer;
      const answer = before !== undefined && worth(before) > worth(found) ? before : found;
      const isNone = measured.ok && measured.value.series === 0;
      entries.set(key, { answer, dueMs: now() + (isKnown(found) ? rememberMs : isNone ? noneRetryMs : fewRetryMs) });
      return answer;
    } finally {
      flights.delete(key);
    }
  }

  return async (exporter, matchers) => {
    const key = JSON.stringify([exporter.heartbeat, matchers]);
    const entry = entries.get(key);
    if (entry !== undefined && now() < entry.dueMs) return entry.answer;
    const flight = flights.get(key) ?? fly(key, exporter, matchers);
    flights.set(key, flight);
    return entry?.answer.ok === true ? entry.answer : flight;
  };
}

/** What is known is better than that nothing is there, and that is better than an error. */
function worth(answer: Answer): number {
  return isKnown(answer) ? 2 : answer.ok ? 1 : 0;
}

function isKnown(answer: Answer): boolean {
  return answer.ok && answer.value !== undefined;
}

interface Measured {
  readonly intervalMs: number | undefined;
  /** How many series were looked at. */
  readonly series: number;
}

async function measure(
  { heartbeat }: Exporter,
  matchers: readonly Matcher[],
  { query, jobLabel }: ScrapeIntervalOptions,
): Promise<Result<Measured, MetricError>> {
  const counts = heartbeat.map((series) => promql`count_over_time(${selector(series, matchers)}[${lookBack}])`);
  const all = counts.reduce((some, next) => promql`${some} or ${next}`);
  const longest = await query(promql`topk by (${jobLabel}) (1, ${all})`);
  if (!longest.ok) return longest;
  const intervals: (number | undefined)[] = [];
  for (const one of longest.value) {
    const times = await query(samplesOf(heartbeat, one));
    if (!times.ok) return fail(times.error);
    intervals.push(intervalOf(times.value));
  }
  const known = intervals.filter((each) => each !== undefined);
  return ok({ intervalMs: known.length === 0 ? undefined : Math.max(...known), series: intervals.length });
}

/** The name of a counted series is not in the answer: it is one of these. */
function samplesOf(heartbeat: readonly Identifier[], { labels }: Series): PromQL {
  const matchers = Object.entries(labels).flatMap(([label, value]) => {
    const name = identifier(label);
    return name === undefined || name === "__name__" ? [] : [equals(name, value)];
  });
  return promql`${selectorOfAny(heartbeat, matchers)}[${lookBack}]`;
}

/** The median of the newest gaps between the samples of the longest series, in whole seconds; undefined while there are less than two. */
function intervalOf(answer: readonly Series[]): number | undefined {
  const [longest] = answer.toSorted((a, b) => b.points.length - a.points.length);
  const times = longest?.points.map(({ timestampMs }) => timestampMs) ?? [];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const newest = gaps.slice(-newestGaps).toSorted((a, b) => a - b);
  const median = newest[Math.floor(newest.length / 2)];
  return median === undefined || gaps.length < 2 ? undefined : Math.max(1_000, Math.round(median / 1_000) * 1_000);
}
