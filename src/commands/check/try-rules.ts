import type { Config } from "../../config/config.ts";
import { formatGroupResource } from "../../naming/group-resource.ts";
import { compileRule } from "../../naming/rules/compile-rule.ts";
import type { Collision, RuleMetric } from "../../naming/rules/registry.ts";
import type { ApiResourceGroup } from "../../naming/rules/rest-mapper.ts";
import type { Rule } from "../../naming/rules/rule.ts";
import type { LabelMatcher } from "../../promql/syntax-tree.ts";
import type { QueryText } from "../../query/prometheus.ts";
import { bindRules, type RuleBook } from "../../query/rules/rule-book.ts";
import { createRuleProvider } from "../../query/rules/rule-provider.ts";
import type { ListSeries } from "../../query/rules/series-client.ts";
import { fail } from "../../result.ts";
import { inTurn } from "../in-turn.ts";
import { listRule, type RuleListing } from "./list-rule.ts";
import { examine, type RuleSection, type RuleUnderCheck } from "./rule-under-check.ts";
import type { RuleCollision, RuleMetricName, RuleTrial, Trial, TriedMetric } from "./trial.ts";
import { tryCustomMetric, tryExternalMetric, type TryMetricDeps } from "./try-metric.ts";

/** What rules are tried with. */
export interface TryRulesOptions {
  readonly config: Pick<Config, "rules" | "externalRules" | "compatibility">;
  /** What the cluster serves. */
  readonly groups: readonly ApiResourceGroup[];
  readonly listSeries: ListSeries;
  /** Series without a sample since then are left out, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly query: QueryText;
  /** How many metrics of each rule are asked for a value. */
  readonly metricsPerRule: number;
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Is told one line of progress every two seconds. */
  readonly report: (line: string) => void;
}

/** Fewer than connections, because a question that waits for one runs out of time. */
const atOnce = 4;
const progressMs = 2_000;

/** Tries rules out as they would be served: lists their series, makes their metrics, and asks for some of them. */
export async function tryRules(options: TryRulesOptions): Promise<Trial> {
  const { config, report } = options;
  const rules = [...examineAll("rules", config.rules), ...examineAll("externalRules", config.externalRules)];
  const listing = { ...options, listSeries: remember(options.listSeries), query: remember(options.query) };
  const listings = await inTurn(rules, async (rule) => listRule(rule, listing), {
    atOnce,
    progressMs,
    onProgress: (done) => report(`Listed the series of ${done} of ${rules.length} rules`),
  });
  const book = writeBook(rules, listings, options.groups);
  const made = metricsOf(book);
  const chosen = rules.map((rule) => made.filter(({ source }) => source.rule === rule.compiled).toSorted(byName));
  const asked = chosen.flatMap((metrics) => metrics.slice(0, options.metricsPerRule));
  const deps = tryDeps(book, options);
  const samples = await inTurn(asked, async ({ source, ask }) => ask(matchersOf(rules, source), deps), {
    atOnce,
    progressMs,
    onProgress: (done) => report(`Asked for ${done} of ${asked.length} metrics`),
  });
  const sampleOf = new Map(asked.map((metric, index) => [metric, samples[index]]));
  return {
    rules: rules.map((rule, index): RuleTrial => ({
      rule,
      ...(listings[index] ?? { series: [], tooNarrow: [] }),
      unknown: book.unknown.flatMap((each) => (each.rule === rule.rule ? [each.problem] : [])),
      metrics: (chosen[index] ?? []).map((metric): TriedMetric => {
        const sample = sampleOf.get(metric);
        return { ...metric.name, ...(sample === undefined ? {} : { sample }) };
      }),
    })),
    collisions: collisionsIn(book, rules),
  };
}

/** Rules often have one `seriesQuery` and make different metrics of what it finds. */
function remember<Rest extends readonly unknown[], T>(
  ask: (text: string, ...rest: Rest) => Promise<T>,
): (text: string, ...rest: Rest) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return async (text, ...rest) => {
    const answer = answers.get(text) ?? ask(text, ...rest);
    answers.set(text, answer);
    return answer;
  };
}

function examineAll(section: RuleSection, rules: readonly Rule[]): readonly RuleUnderCheck[] {
  return rules.flatMap((rule, index) => {
    const compiled = compileRule(rule);
    return compiled.ok ? [examine(section, index, compiled.value)] : [];
  });
}

function writeBook(
  rules: readonly RuleUnderCheck[],
  listings: readonly RuleListing[],
  groups: readonly ApiResourceGroup[],
): RuleBook {
  function of(section: RuleSection) {
    return rules.filter((rule) => rule.section === section).map(({ compiled }) => compiled);
  }
  const shapes = rules.map(({ rule }, index) => [rule.seriesQuery, listings[index]?.shapes ?? []] as const);
  return bindRules({ rules: of("rules"), externalRules: of("externalRules") }, groups)(new Map(shapes));
}

/** A metric that can be asked for. */
interface MadeMetric {
  readonly source: RuleMetric;
  readonly name: RuleMetricName;
  readonly ask: (matchers: readonly LabelMatcher[], deps: TryMetricDeps) => Promise<NonNullable<TriedMetric["sample"]>>;
}

function metricsOf({ custom, external }: RuleBook): readonly MadeMetric[] {
  return [
    ...custom.list.flatMap(({ resource, namespaced, metric }): readonly MadeMetric[] => {
      const found = custom.find(resource, namespaced, metric);
      if (found === undefined) return [];
      const name = { resource, metric, series: found.series };
      return [{ source: found, name, ask: async (matchers, deps) => tryCustomMetric(metric, found, matchers, deps) }];
    }),
    ...external.list.flatMap((metric): readonly MadeMetric[] => {
      const found = external.find(metric);
      if (found === undefined) return [];
      const name = { metric, series: found.series };
      return [{ source: found, name, ask: async (matchers, deps) => tryExternalMetric(metric, found, matchers, deps) }];
    }),
  ];
}

/** By name, then by resource: the first few show what a name can be asked of. */
function byName({ name: a }: MadeMetric, { name: b }: MadeMetric): number {
  return compare(a.metric, b.metric) || compare(resourceIn(a), resourceIn(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function resourceIn({ resource }: RuleMetricName): string {
  return resource === undefined ? "" : formatGroupResource(resource);
}

/** What the rule's `seriesQuery` says beside the name, as far as it is a selector. */
function matchersOf(rules: readonly RuleUnderCheck[], { rule }: RuleMetric): readonly LabelMatcher[] {
  const selector = rules.find(({ compiled }) => compiled === rule)?.selector;
  return selector?.ok === true ? selector.value.matchers : [];
}

function tryDeps(book: RuleBook, { query, config, wallClock }: TryRulesOptions): TryMetricDeps {
  const [answered, repeated] = [new Set<string>(), new Set<string>()];
  const provider = createRuleProvider({
    book: () => book,
    query: async (text) => {
      const answer = await query(text);
      if (answer.ok && "series" in answer.value && answer.value.series.length > 0) answered.add(text);
      return answer;
    },
    listNames: () => Promise.resolve(fail({ detail: "objects are asked for by name" })),
    compatibility: config.compatibility,
    wallClock,
    onUnknownResource: () => undefined,
    onDuplicates: (_, text) => repeated.add(text),
  });
  return {
    query,
    provider,
    isAnswered: (text) => answered.has(text),
    isRepeated: (text) => repeated.has(text),
  };
}

/** One for each pair of rules; of series of one rule, too. */
function collisionsIn({ custom, external }: RuleBook, rules: readonly RuleUnderCheck[]): readonly RuleCollision[] {
  function ruleOf({ rule }: RuleMetric): RuleUnderCheck | undefined {
    return rules.find(({ compiled }) => compiled === rule);
  }
  const lost = [...custom.collisions, ...external.collisions].flatMap((collision) =>
    collision.losers.flatMap((source) => {
      const [loser, winner] = [ruleOf(source), ruleOf(collision.winner)];
      if (loser === undefined || winner === undefined) return [];
      return [{ loser, winner, name: nameOf(collision), series: source.series, instead: collision.winner.series }];
    }),
  );
  const pairs = Map.groupBy(lost, ({ loser, winner }) => rules.indexOf(loser) * rules.length + rules.indexOf(winner));
  return [...pairs.values()].flatMap((metrics) => {
    const [first] = metrics;
    if (first === undefined) return [];
    return [
      {
        loser: first.loser,
        winner: first.winner,
        metrics: metrics.map(({ name, series, instead }) => ({ name, series, instead })),
      },
    ];
  });
}

function nameOf({ metric, resource }: Collision): string {
  return resource === undefined ? metric : `${formatGroupResource(resource)}/${metric}`;
}
