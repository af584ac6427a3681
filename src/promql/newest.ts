import { duration, type Identifier, type Matcher, type PromQL, promql, selector } from "./expression.ts";
import type { Grouping } from "./rate.ts";

/** What counts as the newest samples of a subject. All spans are in milliseconds. */
export interface NewestOptions {
  /** Labels of what is described; series that agree in them describe the same. */
  readonly subject: Grouping;
  /** The scrape interval of the series. */
  readonly intervalMs: number;
  /** Older samples do not count. */
  readonly maxAgeMs: number;
  /**
   * By how much a sample may be older than its subject's newest one and still count beside it; 0 where one scrape has all
   * that there is to say about a subject.
   */
  readonly overlapMs: number;
}

/**
 * The newest samples of each subject, with all their labels. Of copies of a series that nobody marked as ended, of an old
 * and a new leader, of the source and the target of a migration, those remain that were written last.
 *
 * A series that goes on comes before one that ended; what has ended counts while nothing else is there, so that a scrape
 * that fails does not hide a figure before it is `maxAgeMs` old. What has ended is looked for at eighths of that age: a
 * series that was there for less may be missed.
 */
export function newestSamples(series: Identifier, matchers: readonly Matcher[], options: NewestOptions): PromQL {
  const { subject, intervalMs, maxAgeMs, overlapMs } = options;
  const samples = selector(series, matchers);
  const age = duration(maxAgeMs);
  const step = duration(Math.max(1_000, maxAgeMs / 8));
  // Less two intervals, an ended series is older than any that goes on: that one has a sample from after the end.
  const ended = promql`max_over_time(timestamp(${samples})[${age}:${step}]) - ${(2 * intervalMs) / 1_000}`;
  // VictoriaMetrics tells the time of a sample for minutes after a marker has ended its series.
  const times = promql`((timestamp(${samples}) and ${samples}) or ${ended})`;
  const newest = promql`max by (${subject}) ${times} - ${overlapMs / 1_000}`;
  return promql`(last_over_time(${samples}[${age}]) and ${times} >= on (${subject}) group_left () (${newest}))`;
}
