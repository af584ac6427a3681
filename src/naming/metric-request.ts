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

/** One read of external.metrics.k8s.io: every value of a metric in a namespace whose labels match. */
export interface ExternalMetricRequest {
  /** The metric's name; as the client wrote it where no known name is the same but for upper and lower case. */
  readonly metric: string;
  readonly namespace: string;
  /** Selects among the values by their labels; empty selects all. */
  readonly selector: LabelSelector;
}
