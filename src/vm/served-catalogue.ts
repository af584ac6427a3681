import { type ExposureOptions, exposureOf, type Exposure } from "../naming/exposure.ts";
import type { VmMetric } from "./catalogue/vm-metric.ts";

/** Which metrics are served; each item is a name, or what names begin with. */
export interface MetricLists {
  /** Only these are served. Empty means all. */
  readonly allow: readonly string[];
  /** These are not served, whatever else is said of them. */
  readonly deny: readonly string[];
  /** These are in discovery even if KubeVirt's own series cannot feed them. */
  readonly optIn: readonly string[];
}

/** A metric of the catalogue as this adapter serves it. */
export interface ServedMetric {
  readonly metric: VmMetric;
  /** Whether discovery lists it; one that it does not list answers all the same. */
  readonly listed: boolean;
  readonly exposure: Exposure;
}

/** Says of each metric that is to be served how. A hidden one is among them: its users are told what to use instead. */
export function servedCatalogue(
  catalogue: readonly VmMetric[],
  { allow, deny, optIn }: MetricLists,
  exposure: ExposureOptions,
): readonly ServedMetric[] {
  return catalogue
    .filter(({ name }) => (allow.length === 0 || isIn(allow, name)) && !isIn(deny, name))
    .map((metric) => {
      const exposed = exposureOf(metric, exposure);
      const isFed = metric.unfed === undefined || isIn(optIn, metric.name);
      return { metric, listed: exposed.served && isFed, exposure: exposed };
    });
}

function isIn(items: readonly string[], name: string): boolean {
  return items.some((item) => name.startsWith(item));
}
