import { formatGroupResource } from "../naming/group-resource.ts";
import type { MetricInfo } from "./provider.ts";

/**
 * Makes one list of metrics of two: an entry for each name that a resource has, in the order of resource, then name. What both
 * have is as `first` says. Either is in this order, and without the other it is the result.
 */
export function mergeLists(first: readonly MetricInfo[], second: readonly MetricInfo[]): readonly MetricInfo[] {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const infoByKey = new Map([...second, ...first].map((info) => [keyOf(info), info]));
  return [...infoByKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, info]) => info);
}

function keyOf({ resource, metric }: MetricInfo): string {
  return `${formatGroupResource(resource)}/${metric}`;
}
