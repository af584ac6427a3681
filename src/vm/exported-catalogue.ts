import { aggregationsOf } from "../naming/aggregation.ts";
import type { ExportedMetric } from "../naming/exported-metrics.ts";
import { formatGroupResource } from "../naming/group-resource.ts";
import type { VmMetric } from "./catalogue/vm-metric.ts";
import { addsUp } from "./metric-names.ts";
import { vmResources } from "./resource.ts";

/**
 * What the names of a catalogue promise, sorted by name within each API. A metric that nothing provides is not among them:
 * its name has never answered.
 */
export function exportedCatalogue(catalogue: readonly VmMetric[]): readonly ExportedMetric[] {
  const provided = catalogue.filter(({ sources }) => sources.length > 0);
  const sorted = provided.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [...sorted.map(asCustom), ...sorted.map(asExternal)];
}

function asCustom(metric: VmMetric): ExportedMetric {
  return {
    api: "custom",
    name: metric.name,
    resources: vmResources.map(({ resource }) => formatGroupResource(resource)).toSorted(),
    unit: metric.unit,
    kind: metric.kind,
    aggregates: aggregationsOf(metric.unit),
    additive: addsUp(metric),
    ephemeral: metric.ephemeral === true,
    selectorLabels: devicesOf(metric),
    ...lifeOf(metric),
  };
}

/** Values of an external metric are those of single virtual machines, so no aggregate has a name there. */
function asExternal(metric: VmMetric): ExportedMetric {
  return {
    api: "external",
    name: metric.name,
    resources: [],
    unit: metric.unit,
    kind: metric.kind,
    aggregates: [],
    additive: addsUp(metric),
    ephemeral: metric.ephemeral === true,
    selectorLabels: [...devicesOf(metric), "estimated", "vm"].toSorted(),
    ...lifeOf(metric),
  };
}

function devicesOf({ device }: VmMetric): readonly string[] {
  return device === undefined ? [] : [device];
}

function lifeOf({ stability, betaSince, deprecatedSince, replacedBy }: VmMetric) {
  return {
    stability,
    ...(betaSince === undefined ? {} : { betaSince }),
    ...(deprecatedSince === undefined ? {} : { deprecatedSince }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}
