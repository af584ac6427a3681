import type { Unit } from "./unit.ts";

/** How the values of several virtual machines become one. */
export type Aggregation = "Sum" | "Average" | "Maximum" | "Minimum";

/** All of them, in the order in which they are offered. */
export const aggregations: readonly Aggregation[] = ["Sum", "Average", "Maximum", "Minimum"];

/** Those that mean something for a unit: codes are names of states, which can be compared and not added up. */
export function aggregationsOf(unit: Unit): readonly Aggregation[] {
  return unit === "Code" ? ["Maximum", "Minimum"] : aggregations;
}

/** Puts the aggregation before the unit: `cpu-usageRatio` and `Sum` give `cpu-usageSumRatio`. */
export function aggregateName(metric: string, unit: Unit, aggregation: Aggregation): string {
  return metric.slice(0, metric.length - unit.length) + aggregation + unit;
}
