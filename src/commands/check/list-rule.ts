import type { SeriesShape } from "../../naming/rules/series.ts";
import type { LabelMatcher } from "../../promql/syntax-tree.ts";
import type { QueryText } from "../../query/prometheus.ts";
import type { ListSeries } from "../../query/rules/series-client.ts";
import { formatMatcher, formatSelector } from "./format-selector.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";
import type { FoundSeries, RuleTrial } from "./trial.ts";

/** What Prometheus lists for a rule. */
export interface RuleListing extends Pick<RuleTrial, "series" | "error" | "tooNarrow" | "older"> {
  readonly shapes: readonly SeriesShape[];
}

/** What the listing of series needs. */
export interface ListRuleDeps {
  readonly listSeries: ListSeries;
  /** In milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly query: QueryText;
}

/** Lists the series of a rule as the adapter does, and counts them. */
export async function listRule(rule: RuleUnderCheck, deps: ListRuleDeps): Promise<RuleListing> {
  const { seriesQuery } = rule.rule;
  const listed = await deps.listSeries(seriesQuery, deps.sinceMs, new AbortController().signal);
  if (!listed.ok) return { shapes: [], series: [], tooNarrow: [], error: listed.error };
  if (listed.value.length === 0) return { shapes: [], series: [], ...(await widen(rule, deps)) };
  const counts = await countByName(seriesQuery, deps.query);
  return { shapes: listed.value, series: describe(rule, listed.value, counts), tooNarrow: [] };
}

function describe(
  { compiled }: RuleUnderCheck,
  shapes: readonly SeriesShape[],
  counts: ReadonlyMap<string, number> | undefined,
): readonly FoundSeries[] {
  const shapesByName = Map.groupBy(shapes, ({ name }) => name);
  return [...shapesByName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => {
      const metric = compiled.nameOf(name);
      return {
        name,
        ...(counts === undefined ? {} : { count: counts.get(name) ?? 0 }),
        ...(metric === undefined ? {} : { metric }),
        labels: [...new Set(each.flatMap(({ labels }) => labels))],
      };
    });
}

/** Series by name that have a sample now; undefined when Prometheus does not say. */
async function countByName(selector: string, query: QueryText): Promise<ReadonlyMap<string, number> | undefined> {
  const answer = await query(`count by (__name__) (${selector})`);
  if (!answer.ok || answer.value.type !== "vector") return undefined;
  return new Map(
    answer.value.series.map(({ labels, points }) => [labels["__name__"] ?? "", points.at(-1)?.value ?? 0]),
  );
}

/** Why the selector finds nothing: its series have older samples only, or one of its conditions is too much. */
async function widen(
  { selector }: RuleUnderCheck,
  { query }: ListRuleDeps,
): Promise<Pick<RuleListing, "tooNarrow" | "older">> {
  if (!selector.ok) return { tooNarrow: [] };
  const { series, matchers } = selector.value;
  const conditions: readonly LabelMatcher[] =
    series === undefined ? matchers : [{ label: "__name__", op: "=", value: series }, ...matchers];
  // Without a name every series would be looked at, and something is always found.
  if (!conditions.some(isName)) return { tooNarrow: [] };
  async function finds(selected: readonly LabelMatcher[]): Promise<boolean> {
    const answer = await query(`count(${formatSelector(selected)})`);
    return answer.ok && answer.value.type === "vector" && answer.value.series.length > 0;
  }

  if (await finds(conditions)) return { tooNarrow: [], older: true };
  const others = conditions.filter((condition) => !isName(condition));
  const found = await Promise.all(others.map(async (each) => finds(conditions.filter((other) => other !== each))));
  return { tooNarrow: others.filter((_, index) => found[index]).map(formatMatcher) };
}

function isName({ label, op }: LabelMatcher): boolean {
  return label === "__name__" && (op === "=" || op === "=~");
}
