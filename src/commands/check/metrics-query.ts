import { selectorsIn } from "../../promql/selectors.ts";
import type { Expr } from "../../promql/syntax-tree.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import { partsIn } from "./parts.ts";
import { type RuleUnderCheck, sample } from "./rule-under-check.ts";

/** What is to be said of a rule's `metricsQuery`. */
export function checkMetricsQuery({ section, index, rule, query }: RuleUnderCheck): readonly RemarkedFinding[] {
  const path = [section, index, "metricsQuery"];
  if (rule.metricsQuery === "") {
    const hint = "write one such as sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
    return [warning(path, "There is none, so each request is an error", hint)];
  }
  if (!query.ok) {
    return [warning(path, `It is not PromQL once it is filled in: ${query.error}`, "see `promtool promql format`")];
  }
  return [
    ...(usesMatchers(query.value, rule.metricsQuery)
      ? []
      : [warning(path, "It has no <<.LabelMatchers>>, so every object has the same figure", inSelector)]),
    ...(section === "externalRules" || keepsObjects(query.value)
      ? []
      : [warning(path, "It does not aggregate by (<<.GroupBy>>): of several series of an object, one counts", by)]),
  ];
}

const inSelector = "write <<.Series>>{<<.LabelMatchers>>}";
const by = "write sum(…) by (<<.GroupBy>>), or max";

function usesMatchers(expr: Expr, text: string): boolean {
  const matched = selectorsIn(expr).some(({ matchers }) => matchers.some(({ label }) => label === sample.matcherLabel));
  return matched || text.includes(".LabelValuesByName");
}

/** Whether something in there makes one sample of each object. */
function keepsObjects(expr: Expr): boolean {
  return partsIn(expr).some(
    (part) =>
      part.kind === "aggregation" && part.grouping?.mode === "by" && part.grouping.labels.includes(sample.groupLabel),
  );
}
