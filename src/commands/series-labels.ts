import type { Config } from "../config/config.ts";
import { known } from "../promql/expression.ts";
import type { SeriesLabels } from "../vm/series-labels.ts";

/** The label names of the configuration file, which has checked them, as PromQL takes them. */
export function toSeriesLabels(labels: Config["vms"]["labels"]): SeriesLabels {
  return {
    namespace: known(labels.namespace),
    name: known(labels.name),
    vmi: known(labels.vmi),
    node: known(labels.node),
    domain: known(labels.domain),
    collectdHost: known(labels.collectdHost),
    instance: known(labels.instance),
    job: known(labels.job),
    replica: labels.replica.map(known),
  };
}
