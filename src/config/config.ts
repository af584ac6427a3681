import { type MetricsApi, metricsApis } from "../naming/metrics-api.ts";
import type { Rule } from "../naming/rules/rule.ts";
import type { ResourceRules } from "./rules.ts";
import type { OwnConfig } from "./schema.ts";

/** What the configuration file says, with all defaults filled in; durations are in milliseconds. */
export interface Config extends OwnConfig {
  /** Rules of custom metrics, in the order of the file. What they hold is checked when they are compiled. */
  readonly rules: readonly Rule[];
  /** Rules of external metrics. */
  readonly externalRules: readonly Rule[];
  /** Absent, metrics.k8s.io is not asked for. */
  readonly resourceRules?: ResourceRules;
}

/** The API groups in which metrics of virtual machines are served. */
export function vmApis({ vms }: Pick<Config, "vms">): readonly MetricsApi[] {
  return vms.enabled ? metricsApis.filter((api) => vms.apis.includes(api)) : [];
}

/** The API groups that something is served in: a rule, or metrics of virtual machines. */
export function servedApis(config: Pick<Config, "vms" | "rules" | "externalRules">): readonly MetricsApi[] {
  const rulesOf: Readonly<Record<MetricsApi, readonly Rule[]>> = {
    "custom.metrics.k8s.io": config.rules,
    "external.metrics.k8s.io": config.externalRules,
  };
  return metricsApis.filter((api) => rulesOf[api].length > 0 || vmApis(config).includes(api));
}
