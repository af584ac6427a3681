import type { GroupResource } from "./group-resource.ts";
import type { LabelSelector } from "./label-selector.ts";

/** What is to be measured: one object by name, or every object whose labels match. */
export type Target =
  { readonly by: "name"; readonly name: string } | { readonly by: "selector"; readonly selector: LabelSelector };

/** One read of custom.metrics.k8s.io, independent of how it arrived. */
export interface MetricRequest {
  /** The metric's name, letter for letter as the client wrote it. */
  readonly metric: string;
  readonly resource: GroupResource;
  /** Absent on the root path of cluster-scoped resources and for the Namespace form. */
  readonly namespace?: string;
  readonly target: Target;
  /** Selects among the metric's own series; empty selects all. */
  readonly metricSelector: LabelSelector;
}
