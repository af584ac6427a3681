import type { Aggregation } from "../naming/aggregation.ts";
import type { Absence } from "../naming/metric-error.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Member } from "./member.ts";

/** The figure of several virtual machines. */
export interface AggregateFigure {
  readonly value: number;
  /** When the oldest sample behind the value was taken; absent when there was nothing to add up. */
  readonly timestampMs?: number;
}

type Reporting = Extract<Member, { readonly is: "reporting" }>;

export interface AggregateOptions {
  /** The least part, from 0 to 1, of those who should report that must. */
  readonly minimumCoverage: number;
  /** The window of a rate, in milliseconds; undefined for a gauge. */
  readonly windowMs: number | undefined;
}

/**
 * Makes one figure of the members of an object, or says why there is none.
 *
 * A silent member counts as much as the mean of the reporting ones, as long as coverage is enough. A starting one adds
 * nothing. The sum of no members at all is 0; members without any figure have none.
 *
 * Sums and averages of rates are of the window as a whole: a member whose guest has run for a part of it counts for that
 * part. When a new member takes load from the others, their rates still show what they did before; its own in full on
 * top would count that load twice, and let the pool grow beyond what it needs.
 */
export function aggregate(
  members: readonly Member[],
  aggregation: Aggregation,
  { minimumCoverage, windowMs }: AggregateOptions,
): Result<AggregateFigure, Absence> {
  function count(is: Member["is"]): number {
    return members.filter((member) => member.is === is).length;
  }
  const reporting = members.filter((member): member is Reporting => member.is === "reporting");
  const silent = count("silent");
  const starting = count("starting");
  if (members.every(({ is }) => is === "gone")) {
    return aggregation === "Sum" ? ok({ value: 0 }) : fail({ why: "notRunning" });
  }
  const heard = reporting.length + count("undefined");
  if (heard + silent === 0) return fail({ why: "allStarting", starting });
  if (heard === 0 || heard / (heard + silent) < minimumCoverage) {
    return fail({ why: "coverage", reporting: heard, silent, starting, minimumCoverage });
  }
  if (reporting.length === 0) return fail({ why: "undefined" });
  return ok({
    value: combine(reporting, silent, aggregation, windowMs),
    timestampMs: Math.min(...reporting.map(({ timestampMs }) => timestampMs)),
  });
}

function combine(
  reporting: readonly Reporting[],
  silent: number,
  aggregation: Aggregation,
  windowMs: number | undefined,
): number {
  const values = reporting.map(({ value }) => value);
  switch (aggregation) {
    case "Sum":
      return meanOf(reporting, windowMs) * (reporting.length + silent);
    case "Average":
      return meanOf(reporting, windowMs);
    case "Maximum":
      return values.reduce((highest, value) => Math.max(highest, value));
    case "Minimum":
      return values.reduce((lowest, value) => Math.min(lowest, value));
  }
}

/** Kubernetes notes times in whole seconds: members that began together may seem to have begun so far apart. */
const resolutionMs = 1_000;

/** The mean of what each member adds to the window, or to the part of it that any of them covers. */
function meanOf(reporting: readonly Reporting[], windowMs = 0): number {
  const longestMs = reporting.reduce((longest, { coveredMs }) => Math.max(longest, coveredMs), 0);
  const spanMs = Math.min(windowMs, longestMs);
  const added = reporting.map(({ value, coveredMs }) => {
    const partMs = Math.max(0, coveredMs) + resolutionMs;
    return partMs >= spanMs ? value : (value * partMs) / spanMs;
  });
  return added.reduce((total, value) => total + value, 0) / reporting.length;
}
