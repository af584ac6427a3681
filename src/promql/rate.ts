import { duration, type Identifier, type Matcher, type PromQL, promql, selector } from "./expression.ts";

/** How a rate is taken. All spans are in milliseconds. */
export interface RateOptions {
  /** The scrape interval of the counter. */
  readonly intervalMs: number;
  /** The span that is averaged over; at least two intervals. */
  readonly windowMs: number;
}

/** What belongs together in a sum: series that agree in these labels are added up. */
export type Grouping = readonly Identifier[];

/**
 * The increase of counters per second that their samples really cover, one value per group.
 *
 * Prometheus' own `rate()` divides by the whole window, so a counter that is one minute old reads a fifth of its rate
 * at a window of five. Here the window is walked in steps of half an interval. At each step the slope between the last
 * two samples is taken of every counter that is still there and was not reset, and added up over the group; the answer
 * is the mean over the steps that have a slope. A counter that ended (the source of a live migration), began or
 * restarted thus leaves out the steps it cannot speak for instead of pulling them towards zero. A step in which one of
 * the group's counters has only begun is left out as a whole: during a live migration the source may still report, but
 * the load has moved to where there is no slope yet.
 *
 * Groups with fewer than two covered intervals in the window have no value.
 */
export function coveredRate(
  counter: Identifier,
  matchers: readonly Matcher[],
  grouping: Grouping,
  { intervalMs, windowMs }: RateOptions,
): PromQL {
  const samples = selector(counter, matchers);
  const stepMs = Math.max(1_000, intervalMs / 2);
  const pair = duration(3 * intervalMs); // room for a late scrape beside the two samples that a slope needs
  const slope = promql`irate(${samples}[${pair}]) and ${samples} and idelta(${samples}[${pair}]) >= 0`;
  const begun = promql`count_over_time(${samples}[${pair}]) < 2 and ${samples}`;
  const complete = promql`sum by (${grouping}) (${slope}) unless on (${grouping}) (${begun})`;
  const steps = promql`(${complete})[${duration(windowMs)}:${duration(stepMs)}]`;
  const stepsOfTwoIntervals = Math.ceil(intervalMs / stepMs) + 1;
  return promql`avg_over_time(${steps}) and count_over_time(${steps}) >= ${stepsOfTwoIntervals}`;
}
