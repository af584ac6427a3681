import { parseConfig } from "../../src/config/file.ts";
import { parseGroupResource } from "../../src/naming/group-resource.ts";
import { formatLabelSelector, type LabelSelector, parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import { type Compatibility, defaultCompatibility } from "../../src/naming/rules/compatibility.ts";
import { type CompiledRule, compileRule } from "../../src/naming/rules/compile-rule.ts";
import type { ApiResourceGroup } from "../../src/naming/rules/rest-mapper.ts";
import type { Rule } from "../../src/naming/rules/rule.ts";
import type { SeriesShape } from "../../src/naming/rules/series.ts";
import { decodeAnswer } from "../../src/query/prometheus-answer.ts";
import { createLiveBook, seriesQueriesOf } from "../../src/query/rules/live-book.ts";
import type { CompiledRules } from "../../src/query/rules/rule-book.ts";
import {
  createRuleProvider,
  type RuleProvider,
  type RuleProviderOptions,
} from "../../src/query/rules/rule-provider.ts";
import { createSeriesReader } from "../../src/query/rules/series-reader.ts";
import { fail, ok } from "../../src/result.ts";
import { type AdapterFacts, adapterFacts } from "./adapter-vectors.ts";

/** What rules are served beside; whatever is absent is empty. */
export interface SceneFacts {
  /** The name of a configuration file of the vectors, or a file. */
  readonly config: string;
  /** The name of a mapper of the vectors, or what the cluster serves. */
  readonly mapper: string | readonly ApiResourceGroup[];
  /** The name of a set of series of the vectors, or series by `seriesQuery`. */
  readonly seriesSet?: string | AdapterFacts["seriesSets"][string];
  /** `data` of whatever Prometheus is asked, or its error. */
  readonly promResult?: unknown;
  readonly promError?: string;
  /** What the Kubernetes API lists; `"!error"` for nothing. */
  readonly objects?: readonly string[] | string;
  readonly compatibility?: Partial<Compatibility>;
}

/** Rules in service between a Prometheus and a Kubernetes API that say the same whatever they are asked. */
export interface RuleScene {
  readonly provider: RuleProvider;
  /** What the provider asks with. */
  readonly asking: Pick<RuleProviderOptions, "book" | "query" | "compatibility" | "wallClock">;
  readonly rules: CompiledRules;
  /** What Prometheus was asked, in order. */
  readonly queries: readonly string[];
  /** What the Kubernetes API was asked to list: `apps/v1/deployments ns=shop sel=app=web`. */
  readonly lists: readonly string[];
  /** Metrics whose queries had several samples for one object. */
  readonly duplicates: readonly string[];
  /** How often a resource was met that is not known. */
  readonly unknownResources: () => number;
}

/** The time of every request, in milliseconds since the Unix epoch. */
export const sceneTimeMs = Date.parse("2024-05-06T07:08:09.123Z");

/** Puts rules in service. Throws when the configuration has mistakes. */
export function ruleScene(facts: SceneFacts): RuleScene {
  const { configs, mappers, seriesSets } = adapterFacts();
  const config = parseConfig(configs[facts.config] ?? facts.config, () => undefined);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const rules = { rules: compile(config.value.rules), externalRules: compile(config.value.externalRules) };
  const book = createLiveBook(rules);
  book.setResources(typeof facts.mapper === "string" ? (mappers[facts.mapper] ?? []) : facts.mapper);
  const { seriesSet = {} } = facts;
  const seriesByQuery = typeof seriesSet === "string" ? (seriesSets[seriesSet] ?? {}) : seriesSet;
  book.setSeries(
    seriesQueriesOf(rules).map((seriesQuery) => ({ seriesQuery, series: shapes(seriesByQuery[seriesQuery] ?? []) })),
  );

  const [queries, lists, duplicates]: readonly string[][] = [[], [], []];
  let unknownResources = 0;
  const asking: RuleScene["asking"] = {
    book: book.current,
    query: (text) => {
      queries?.push(text);
      if (facts.promError !== undefined)
        return Promise.resolve(fail({ kind: "backendRejected", detail: facts.promError }));
      const answer = { status: "success", data: facts.promResult ?? { resultType: "vector", result: [] } };
      return Promise.resolve(decodeAnswer(200, JSON.stringify(answer), "accept"));
    },
    compatibility: { ...defaultCompatibility, ...facts.compatibility },
    wallClock: () => sceneTimeMs,
  };
  const provider = createRuleProvider({
    ...asking,
    listNames: ({ group, version, resource }, namespace = "", selector) => {
      lists?.push(`${group}/${version}/${resource} ns=${namespace} sel=${formatLabelSelector(selector)}`);
      const { objects = [] } = facts;
      return Promise.resolve(typeof objects === "string" ? fail({ detail: "refused" }) : ok(objects));
    },
    onUnknownResource: () => {
      unknownResources += 1;
    },
    onDuplicates: (metric) => duplicates?.push(metric),
  });
  return {
    provider,
    asking,
    rules,
    queries: queries ?? [],
    lists: lists ?? [],
    duplicates: duplicates ?? [],
    unknownResources: () => unknownResources,
  };
}

/** A request as the API's path and parameters say it; the name `*` selects. */
export interface AskedMetric {
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  readonly metric: string;
  /** Selects objects. */
  readonly labelSelector?: string;
  /** Selects among the metric's series. */
  readonly selector?: string;
}

/** Makes the request. Throws on a selector that is none. */
export function requestFor(asked: AskedMetric): MetricRequest {
  const { resource, namespace = "", name, metric } = asked;
  return {
    metric,
    resource: parseGroupResource(resource),
    ...(namespace === "" ? {} : { namespace }),
    target: name === "*" ? { by: "selector", selector: selectorOf(asked.labelSelector) } : { by: "name", name },
    metricSelector: selectorOf(asked.selector),
  };
}

/** Reads a selector. Throws when it is none. */
export function selectorOf(text = ""): LabelSelector {
  const selector = parseLabelSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return selector.value;
}

function compile(rules: readonly Rule[]): readonly CompiledRule[] {
  return rules.map((rule) => {
    const compiled = compileRule(rule);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    return compiled.value;
  });
}

/** As they come out of Prometheus' answer. */
function shapes(series: readonly Readonly<Record<string, string>>[]): readonly SeriesShape[] {
  const reader = createSeriesReader();
  reader.push(Buffer.from(JSON.stringify({ status: "success", data: series })));
  return reader.end().series;
}
