import { duration, type Identifier, type Matcher, type PromQL, promql, selector } from "./expression.ts";

/** How a rate is taken. All spans are in milliseconds. */
export interface RateOptions {
  /** The scrape interval of the counter. */
  readonly intervalMs: number;
  /** The span that is averaged over; at least two intervals. */
  readonly windowMs: number;
  /** Something must be known of the last so many milliseconds; absent means of the window. */
  readonly recentMs?: number;
  /** Says which slopes count, and in which unit they are; they have all labels of their series. Default: all as they are. */
  readonly slopes?: (slopes: PromQL) => PromQL;
}

/** Labels that tell things apart, none of them twice. */
export type Grouping = readonly Identifier[];

/** What a counter's labels mean. Series that agree in all of these are one counter, however else they are labelled. */
export interface CounterLabels {
  /** Whose rate it is: one value for each. */
  readonly subject: Grouping;
  /** Where it is. It works at one place at a time: of two that report it at once the most counts. */
  readonly place: Identifier;
  /** What tells apart the counters that a subject has at one place and that are added up, such as its devices. */
  readonly parts: Grouping;
  /** Jobs that export the same subjects. One may know less than another: the most counts. */
  readonly job: Identifier;
  /** What tells the replicas of one Prometheus apart. They see the same at other times: their mean counts. */
  readonly replica: Grouping;
}

/**
 * The increase of counters per second that their samples really cover, one value per subject, labelled with exactly the
 * subject's labels.
 *
 * Prometheus' own `rate()` divides by the whole window, so a counter that is one minute old reads a fifth of its rate
 * at a window of five. Here the window is walked in steps of half an interval, and the answer is the mean over the steps
 * of which something is known. A load that was there only while a scrape failed counts for half of its time.
 *
 * Subjects with fewer than two covered intervals in the window have no value.
 */
export function coveredRate(
  counter: Identifier,
  matchers: readonly Matcher[],
  labels: CounterLabels,
  options: RateOptions,
): PromQL {
  const { intervalMs, windowMs, recentMs = windowMs } = options;
  const stepMs = Math.max(1_000, intervalMs / 2);
  const rate = rateNow(selector(counter, matchers), labels, options);
  function stepsOf(spanMs: number): PromQL {
    return promql`(${rate})[${duration(spanMs)}:${duration(stepMs)}]`;
  }
  const stepsOfTwoIntervals = Math.ceil(intervalMs / stepMs) + 1;
  const isCovered = promql`count_over_time(${stepsOf(windowMs)}) >= ${stepsOfTwoIntervals}`;
  const isRecent = recentMs < windowMs ? promql` and count_over_time(${stepsOf(recentMs)}) > 0` : promql``;
  return promql`(avg_over_time(${stepsOf(windowMs)}) and ${isCovered}${isRecent})`;
}

/**
 * The rate of each subject at one step, from the slopes between the last two samples of its counters.
 *
 * A slope speaks for the interval after its last sample and no longer, so that nothing hangs on that Prometheus shows for
 * minutes after it ended. A counter that reports has a slope, or it is not known (Inf): it has only begun, or was reset.
 * Then neither is the rate, because during a live migration the load has moved to where there is no slope yet.
 */
function rateNow(samples: PromQL, labels: CounterLabels, { intervalMs, slopes = (each) => each }: RateOptions): PromQL {
  const { subject, place, parts, job, replica } = labels;
  const copy = [...subject, job, ...replica];
  const pair = duration(3 * intervalMs); // room for a missed scrape between the two samples that a slope needs
  const reports = promql`count_over_time(${samples}[${duration(1.1 * intervalMs)}])`; // room for a late scrape
  // With one sample in it, VictoriaMetrics takes the other from before the span.
  const isPair = promql`count_over_time(${samples}[${pair}]) > 1`;
  const slope = slopes(promql`irate(${samples}[${pair}]) and idelta(${samples}[${pair}]) >= 0 and ${isPair}`);
  // Two series are one counter while a label changes that says nothing: the one that is known counts.
  const ofCounter = promql`min by (${[...copy, place, ...parts]}) ((${slope} or ${reports} + Inf) and ${reports})`;
  const ofPlace = promql`sum by (${[...copy, place]}) (${ofCounter})`;
  const ofCopy = promql`max by (${copy}) (${ofPlace}) < Inf`;
  return promql`max by (${subject}) (avg by (${[...subject, job]}) (${ofCopy}))`;
}
