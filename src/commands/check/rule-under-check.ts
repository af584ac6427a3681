import type { CompiledRule } from "../../naming/rules/compile-rule.ts";
import type { Rule } from "../../naming/rules/rule.ts";
import { parsePromQL } from "../../promql/parse.ts";
import type { Expr, VectorSelector } from "../../promql/syntax-tree.ts";
import { fail, type Result } from "../../result.ts";

/** The two lists of rules in a file. */
export type RuleSection = "rules" | "externalRules";

/** A rule that compiles, with what can be said of it without a Prometheus. */
export interface RuleUnderCheck {
  readonly section: RuleSection;
  readonly index: number;
  readonly rule: Rule;
  readonly compiled: CompiledRule;
  /** What `seriesQuery` selects, or why it is no selector. */
  readonly selector: Result<VectorSelector, string>;
  /** The names that the series can have; undefined where the selector does not tell. */
  readonly seriesNames: readonly string[] | undefined;
  /** `metricsQuery`, filled in with samples, as PromQL; or why it is none. */
  readonly query: Result<Expr, string>;
}

/** What a query is filled in with. Nobody calls a label so. */
export const sample = {
  groupLabel: "sample_group_label",
  matcherLabel: "sample_matcher_label",
} as const;

/** Finds out what can be said of a rule. */
export function examine(section: RuleSection, index: number, compiled: CompiledRule): RuleUnderCheck {
  const { rule } = compiled;
  const selector = readSelector(rule.seriesQuery);
  const seriesNames = selector.ok ? namesIn(selector.value) : undefined;
  return {
    section,
    index,
    rule,
    compiled,
    selector,
    seriesNames,
    query: readQuery(section, compiled, seriesNames?.[0] ?? "sample_series"),
  };
}

function readSelector(text: string): Result<VectorSelector, string> {
  if (text === "") return fail("there is none");
  const parsed = parsePromQL(text);
  if (!parsed.ok) return fail(parsed.error.detail);
  return parsed.value.kind === "selector"
    ? { ok: true, value: parsed.value }
    : fail(`it is an expression, of kind ${parsed.value.kind}`);
}

/** `up`, `{__name__="up"}`, `{__name__=~"up|down"}`: Prometheus' regular expressions match the whole name. */
function namesIn({ series, matchers }: VectorSelector): readonly string[] | undefined {
  if (series !== undefined) return [series];
  const names = matchers.flatMap(({ label, op, value }) => {
    if (label !== "__name__") return [];
    if (op === "=") return [[value]];
    return op === "=~" && /^[\w:|]+$/u.test(value) ? [value.split("|")] : [];
  });
  const [first] = names;
  return first?.filter((name) => names.every((each) => each.includes(name)));
}

function readQuery(section: RuleSection, { rule, query }: CompiledRule, series: string): Result<Expr, string> {
  if (rule.metricsQuery === "") return fail("there is none");
  const groups = section === "rules" ? [sample.groupLabel] : [];
  const rendered = query.render({
    type: "naming.queryTemplateArgs",
    fields: {
      Series: series,
      LabelMatchers: `${sample.matcherLabel}="a"`,
      LabelValuesByName: new Map([[sample.matcherLabel, "a"]]),
      GroupBy: groups.join(","),
      GroupBySlice: groups,
    },
  });
  if (!rendered.ok) return rendered;
  if (rendered.value === "") return fail("nothing is left of it");
  const parsed = parsePromQL(rendered.value);
  if (parsed.ok) return parsed;
  const { offset, detail } = parsed.error;
  const before = JSON.stringify(rendered.value.slice(Math.max(0, offset - 30), offset));
  return fail(`${detail} after ${before}`);
}
