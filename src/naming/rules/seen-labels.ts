import { ok } from "../../result.ts";
import { formatGroupResource } from "../group-resource.ts";
import type { ResourceLabels } from "./resource-labels.ts";
import type { SeriesShape } from "./series.ts";

/**
 * Narrows a rule's labels to those that a metric's series have. A resource is asked for by its usual label if any of the
 * series carries it, and else by the first label that was seen to name the resource: one found by `pods` has no `pod`. Only
 * another override takes the place of an override, which is the rule's own word.
 */
export function labelsAsSeen(labels: ResourceLabels, seen: ReadonlySet<string>): ResourceLabels {
  const labelByResource = new Map<string, string>();
  for (const label of seen) {
    const resource = labels.resourceOf(label) ?? labels.madeOf(label);
    if (resource === undefined) continue;
    const usual = labels.labelOf(resource);
    if (usual.ok && (seen.has(usual.value) || (labels.isOverride(usual.value) && !labels.isOverride(label)))) continue;
    const key = formatGroupResource(resource);
    if (!labelByResource.has(key)) labelByResource.set(key, label);
  }
  if (labelByResource.size === 0) return labels;
  return {
    ...labels,
    labelOf: (resource) => {
      const label = labelByResource.get(formatGroupResource(resource));
      return label === undefined ? labels.labelOf(resource) : ok(label);
    },
  };
}

/** The labels that any of the series of a name carries, in the order in which they come. */
export function seenLabels(series: readonly SeriesShape[]): ReadonlyMap<string, ReadonlySet<string>> {
  const labelsByName = new Map<string, Set<string>>();
  for (const { name, labels } of series) {
    const known = labelsByName.get(name);
    if (known === undefined) labelsByName.set(name, new Set(labels));
    else for (const label of labels) known.add(label);
  }
  return labelsByName;
}
