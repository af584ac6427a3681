import { duration, type Duration, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { type Reading, highest, matchersOf } from "./expressions.ts";
import type { Expression, Scope, Source } from "./vm-metric.ts";

/** What a source says of a virtual machine, and when the newest sample behind it was taken. */
export type FigureWithTime = Required<Pick<Source, "expression" | "time">>;

/**
 * The newest sample of a series that is written with times of its own, or only now and then, and when that was taken.
 * Nothing marks such a series as ended, and two nodes may have written it one after the other: the newest sample counts,
 * for as long as the scope's `maxAgeMs` reaches.
 */
export function newestWithTime(reading: Reading): FigureWithTime {
  const time: Expression = (scope) => highest(timesOf(reading, scope), scope.subject);
  return {
    time,
    expression: (scope) => {
      const { subject, maxAgeMs } = scope;
      const last = promql`last_over_time(${samplesOf(reading, scope)}[${duration(maxAgeMs)}])`;
      const times = timesOf(reading, scope);
      return highest(promql`${last} and ${times} >= on (${subject}) group_left () (${time(scope)})`, subject);
    },
  };
}

/** Prometheus shows a sample for so long by default: longer steps would miss what was written between two of them. */
const visibleMs = 300_000;

function samplesOf(reading: Reading, scope: Scope): PromQL {
  return selector(known(reading.series), matchersOf(reading, scope));
}

/** The time of each series' newest sample. */
function timesOf(reading: Reading, scope: Scope): PromQL {
  const samples = samplesOf(reading, scope);
  const past = promql`timestamp(${samples})[${duration(scope.maxAgeMs)}:${lookEvery(scope)}]`;
  return promql`(timestamp(${samples}) or max_over_time(${past}))`;
}

/**
 * How often a span is looked at that samples are searched in: in each interval, and over a long span in as many steps as
 * do not cost too much. Each look finds a sample of the five minutes before, unless the series was marked as ended.
 */
export function lookEvery({ maxAgeMs, rate }: Scope): Duration {
  return duration(Math.min(Math.max(1_000, rate.intervalMs / 2, maxAgeMs / 5_000), visibleMs / 2));
}
