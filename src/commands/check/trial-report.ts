import { formatGroupResource } from "../../naming/group-resource.ts";
import { describeFailure } from "../prometheus-failure.ts";
import type { RuleTrial, Trial } from "./trial.ts";

/** What a trial found, for programs. */
export function trialReport({ rules }: Trial): readonly object[] {
  return rules.map(({ rule, series, error, metrics }: RuleTrial) => ({
    rule: `${rule.section}[${rule.index}]`,
    seriesQuery: rule.rule.seriesQuery,
    ...(error === undefined ? {} : { error: describeFailure(error) }),
    series: series.map(({ name, count, metric }) => ({ name, count, metric })),
    metrics: metrics.map(({ resource, metric, series: from, sample }) => ({
      ...(resource === undefined ? {} : { resource: formatGroupResource(resource) }),
      metric,
      series: from,
      sample,
    })),
  }));
}
