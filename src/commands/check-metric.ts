import { nearestNames } from "../apiservice/nearest-names.ts";
import type { CheckMetric } from "../config/schema.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import { namesOf } from "../vm/metric-names.ts";

/** Finds texts in the configuration file that no metric is called and no name begins with, and says what may be meant. */
export function metricCheck(catalogue: readonly VmMetric[]): CheckMetric {
  const names = catalogue.map(({ name }) => name);
  const { single, aggregate } = namesOf(catalogue);
  return (text) => {
    if (text !== "" && names.some((name) => name.startsWith(text))) return undefined;
    const [nearest = ""] = nearestNames(text, beginnings(catalogue), 1);
    // The lists are of metrics, whichever unit or aggregate of them is asked for.
    const meant = (single.get(text) ?? aggregate.get(text))?.metric.name ?? nearest;
    const advice = `did you mean ${meant}? \`vm-metrics-adapter catalogue\` lists them`;
    return `No metric's name is or begins with ${JSON.stringify(text)}; ${advice}`;
  };
}

/** What people write: groups, names, and names without their unit. */
function beginnings(catalogue: readonly VmMetric[]): readonly string[] {
  const all = catalogue.flatMap(({ name, unit }) => [
    name.slice(0, name.indexOf("-")),
    name.slice(0, name.length - unit.length),
    name,
  ]);
  return [...new Set(all)];
}
