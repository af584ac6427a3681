import { fail, ok, type Result } from "../../result.ts";
import { compileApiName } from "./api-name.ts";
import { compileLabelTemplate, type LabelTemplate } from "./label-template.ts";
import { createNameReach } from "./name-reach.ts";
import { quote } from "./quote.ts";
import type { ResourceOverride, Rule, RulePath, RuleProblem } from "./rule.ts";
import { compileSeriesFilter } from "./series-filter.ts";
import { parseTemplate, type Template } from "./template.ts";

/** A rule that is ready to use, whatever resources the cluster has. */
export interface CompiledRule {
  readonly rule: Rule;
  /** The metric's name for a series; undefined where the rule's filters leave the series out. It can be empty. */
  readonly nameOf: (series: string) => string | undefined;
  /** Whether the rule could make a metric of this name, were there a series for it. */
  readonly mayMake: (metric: string) => boolean;
  /** Makes a label of a resource; absent where the rule has no template. */
  readonly label?: LabelTemplate;
  /** `metricsQuery`. */
  readonly query: Template;
}

/**
 * Compiles a rule, or lists everything that keeps it from working, in prometheus-adapter's words. What shows only when a query
 * is rendered (an unknown field, an empty query) is no problem here, and neither is a resource that nobody knows.
 */
export function compileRule(rule: Rule): Result<CompiledRule, readonly RuleProblem[]> {
  const { resources, seriesFilters } = rule;
  const query = at(["metricsQuery"], compileQuery(rule));
  const name = at(["name", "matches"], compileApiName(rule));
  const label = at(["resources", "template"], compileLabel(rule));
  const filters = seriesFilters.map((filter, index) => at(["seriesFilters", index], compileFilter(rule, filter)));
  const overrides = resources.overrides.map((override) =>
    at(["resources", "overrides", override.label], checkOverride(override)),
  );

  const problems = [label, ...overrides, query, ...filters, name].flatMap((part) => (part.ok ? [] : [part.error]));
  if (!query.ok || !name.ok || !label.ok || problems.length > 0) return fail(problems);
  const keeps = filters.flatMap((filter) => (filter.ok ? [filter.value] : []));
  return ok({
    rule,
    mayMake: createNameReach(rule.name.as),
    nameOf: (series) => (keeps.every((keep) => keep(series)) ? name.value(series) : undefined),
    ...(label.value === undefined ? {} : { label: label.value }),
    query: query.value,
  });
}

function at<T>(path: RulePath, result: Result<T, string>): Result<T, RuleProblem> {
  return result.ok ? result : fail({ path, message: result.error });
}

function compileLabel({ resources: { template } }: Rule): Result<LabelTemplate | undefined, string> {
  return template === "" ? ok(undefined) : compileLabelTemplate(template);
}

function compileQuery({ seriesQuery, metricsQuery }: Rule): Result<Template, string> {
  const query = parseTemplate(metricsQuery, "metrics-query");
  if (query.ok) return query;
  const why = `unable to parse metrics query template ${quote(metricsQuery)}: ${query.error}`;
  return fail(`unable to construct metrics query associated with series query ${quote(seriesQuery)}: ${why}`);
}

function compileFilter(
  { seriesQuery }: Rule,
  filter: Rule["seriesFilters"][number],
): Result<(series: string) => boolean, string> {
  const keep = compileSeriesFilter(filter);
  if (keep.ok) return keep;
  return fail(
    `unable to generate series name filter associated with series query ${quote(seriesQuery)}: ${keep.error}`,
  );
}

function checkOverride({ group, resource }: ResourceOverride): Result<undefined, string> {
  if (resource !== "") return ok(undefined);
  const why = `a resource must be present, got: ${group}/, Resource=`;
  return fail(`unable to normalize group-resource {${group} }: ${why}`);
}
