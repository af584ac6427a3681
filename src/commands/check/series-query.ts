import { compileRegexp } from "../../naming/rules/regexp.ts";
import type { Expr, LabelMatcher } from "../../promql/syntax-tree.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import { partsIn } from "./parts.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";

/** What is to be said of a rule's `seriesQuery`, alone and beside its `metricsQuery`. */
export function checkSeriesQuery(checked: RuleUnderCheck): readonly RemarkedFinding[] {
  const { section, index, selector } = checked;
  const path = [section, index, "seriesQuery"];
  if (!selector.ok) {
    const message = `Expected one series selector: ${selector.error}`;
    return [warning(path, message, 'write one such as {__name__=~"^http_.*",namespace!=""}')];
  }
  const { series, matchers } = selector.value;
  if (series === undefined && matchers.every(takesAbsence)) {
    const hint = 'add a matcher such as namespace!=""';
    return [warning(path, "It selects every series, which Prometheus refuses", hint)];
  }
  return forgottenMatchers(checked, matchers);
}

/** Whether a series without the label is selected; Prometheus wants one matcher that says no. */
function takesAbsence({ op, value }: LabelMatcher): boolean {
  const isNegative = op === "!=" || op === "!~";
  const regexp = op === "=~" || op === "!~" ? compileRegexp(`^(?:${value})$`) : undefined;
  const matches = regexp === undefined ? value === "" : !regexp.ok || regexp.value.test("");
  return matches !== isNegative;
}

/**
 * What `seriesQuery` says of a label finds series; their values are then asked for without it, unless `metricsQuery` says it
 * again. Labels that name an object are matched anyway.
 */
function forgottenMatchers(
  { section, index, rule, compiled, query }: RuleUnderCheck,
  matchers: readonly LabelMatcher[],
): readonly RemarkedFinding[] {
  if (!query.ok) return [];
  const asked = new Set(partsIn(query.value).flatMap(labelsSaid));
  const objects = new Set(rule.resources.overrides.map(({ label }) => label));
  const forgotten = matchers.filter(({ label, op, value }) => {
    if (label === "__name__" || asked.has(label)) return false;
    const namesObject = objects.has(label) || compiled.label?.read(label) !== undefined;
    return !(namesObject && op === "!=" && value === "");
  });
  return forgotten.map(({ label, op, value }) => {
    const matcher = `${label}${op}${JSON.stringify(value)}`;
    const message = `It does not say ${matcher}, which seriesQuery says: other series count as well`;
    return warning([section, index, "metricsQuery"], message, `write {<<.LabelMatchers>>,${matcher}}`);
  });
}

/** Labels that a query selects by, or tells apart. */
function labelsSaid(expr: Expr): readonly string[] {
  if (expr.kind === "selector") return expr.matchers.map(({ label }) => label);
  return expr.kind === "aggregation" ? (expr.grouping?.labels ?? []) : [];
}
