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

/**
 * Makes one figure of the members of an object, or says why there is none.
 *
 * A silent member counts as much as the mean of the reporting ones, as long as at least `minimumCoverage` (0 to 1) of
 * those who should report do. A starting one adds nothing. The sum of no members at all is 0; members without any
 * figure have none.
 */
export function aggregate(
  members: readonly Member[],
  aggregation: Aggregation,
  minimumCoverage: number,
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
  if (reporting.length === 0 || heard / (heard + silent) < minimumCoverage) {
    return fail({ why: "coverage", reporting: heard, silent, starting, minimumCoverage });
  }
  const values = reporting.map(({ value }) => value);
  return ok({
    value: combine(values, silent, aggregation),
    timestampMs: Math.min(...reporting.map(({ timestampMs }) => timestampMs)),
  });
}

function combine(values: readonly number[], silent: number, aggregation: Aggregation): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  switch (aggregation) {
    case "Sum":
      return sum + silent * mean;
    case "Average":
      return mean;
    case "Maximum":
      return values.reduce((highest, value) => Math.max(highest, value));
    case "Minimum":
      return values.reduce((lowest, value) => Math.min(lowest, value));
  }
}
