import type { Config } from "../../config/config.ts";
import { compileRule } from "../../naming/rules/compile-rule.ts";
import type { Rule } from "../../naming/rules/rule.ts";
import { checkCollisions } from "./collisions.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import { checkMetricsQuery } from "./metrics-query.ts";
import { checkNames } from "./names.ts";
import { checkResources } from "./resources.ts";
import { examine, type RuleSection, type RuleUnderCheck } from "./rule-under-check.ts";
import { checkSeriesQuery } from "./series-query.ts";

/** Everything that is to be said of a configuration's rules without a Prometheus and a cluster. Rules that do not compile are errors. */
export function checkRules(
  config: Pick<Config, "rules" | "externalRules" | "resourceRules">,
): readonly RemarkedFinding[] {
  const checked = [...compileAll("rules", config.rules), ...compileAll("externalRules", config.externalRules)];
  const rules = checked.flatMap((each) => ("findings" in each ? [] : [each]));
  return [
    ...checked.flatMap((each) => ("findings" in each ? each.findings : [])),
    ...rules.flatMap((each) => checks.flatMap((check) => check(each))),
    ...checkCollisions(rules),
    ...(config.resourceRules === undefined ? [] : [warning(["resourceRules"], notServed, metricsServer)]),
  ];
}

const checks = [checkSeriesQuery, checkMetricsQuery, checkResources, checkNames];

const notServed = "metrics.k8s.io is not served by this version";
const metricsServer = "metrics-server serves it";

type Checked = RuleUnderCheck | { readonly findings: readonly RemarkedFinding[] };

function compileAll(section: RuleSection, rules: readonly Rule[]): readonly Checked[] {
  return rules.map((rule, index): Checked => {
    const compiled = compileRule(rule);
    if (compiled.ok) return examine(section, index, compiled.value);
    const findings = compiled.error.map(({ path, message }) => ({
      level: "error" as const,
      path: [section, index, ...path],
      message,
    }));
    return { findings };
  });
}
