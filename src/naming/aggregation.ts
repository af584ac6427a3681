import type { Unit } from "./unit.ts";

/** How the values of several virtual machines become one. */
export type Aggregation = "Sum" | "Average" | "Maximum" | "Minimum";

/** All of them, in the order in which they are offered. */
export const aggregations: readonly Aggregation[] = ["Sum", "Average", "Maximum", "Minimum"];

/**
 * Those that mean something for a unit: codes are names of states, which can be compared and not added up. The sum of a
 * Boolean is the count of those that it holds for.
 */
export function aggregationsOf(unit: Unit): readonly Aggregation[] {
  return unit.startsWith("Code") ? ["Maximum", "Minimum"] : aggregations;
}

/** Puts the aggregation before the unit: `cpu-timeSecondsTotal` and `Average` give `cpu-timeAverageSecondsTotal`. */
export function aggregateName(metric: string, unit: Unit, aggregation: Aggregation): string {
  return metric.slice(0, metric.length - unit.length) + aggregation + unit;
}
