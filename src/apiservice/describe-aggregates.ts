import { type Aggregation, aggregations } from "../naming/aggregation.ts";

/**
 * Says which names a metric has that cannot be added up, when it is asked of several virtual machines. An HPA's
 * AverageValue divides by the number of replicas, so it wants a sum; Value does not.
 */
export function describeAggregates(names: readonly string[]): string {
  return `the values of several virtual machines are one number only if the name says how; ask for ${names.map(describeName).join(", ")}`;
}

/** What an aggregate of values that are 0 or 1 says. */
const booleanMeaning: Readonly<Record<Aggregation, string>> = {
  Sum: "how many it is true of",
  Average: "the part it is true of",
  Maximum: "1 if it is true of any",
  Minimum: "1 if it is true of all",
};

function describeName(name: string): string {
  const aggregation = aggregations.find((each) => new RegExp(`[a-z0-9]${each}[A-Z][A-Za-z]*$`, "u").test(name));
  if (aggregation === undefined) return name;
  const meaning = name.endsWith("Boolean") ? `${booleanMeaning[aggregation]}; ` : "";
  return `${name} (${meaning}HPA target type ${aggregation === "Sum" ? "AverageValue" : "Value"})`;
}
