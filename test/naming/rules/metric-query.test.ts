import { describe, expect, test } from "vitest";
import { parseGroupResource } from "../../../src/naming/group-resource.ts";
import { type LabelSelector, parseLabelSelector } from "../../../src/naming/label-selector.ts";
import { compileRule } from "../../../src/naming/rules/compile-rule.ts";
import { type Compatibility, defaultCompatibility } from "../../../src/naming/rules/compatibility.ts";
import { equalMatcher, type Matcher, namesMatcher, selectorMatchers } from "../../../src/naming/rules/matcher.ts";
import { customQuery, externalQuery, renderQuery } from "../../../src/naming/rules/metric-query.ts";
import { buildCustomRegistry, type CustomMetric } from "../../../src/naming/rules/registry.ts";
import { createResourceLabels } from "../../../src/naming/rules/resource-labels.ts";
import { createRestMapper, type RestMapper } from "../../../src/naming/rules/rest-mapper.ts";
import type { Rule } from "../../../src/naming/rules/rule.ts";
import type { Template } from "../../../src/naming/rules/template.ts";
import type { Result } from "../../../src/result.ts";
import { compiled, inputsOf, mapperOf, rule, rulesOf } from "../../support/adapter-rules.ts";
import { adapterFacts, type AdapterVector, adapterVectors, type SeriesLabels } from "../../support/adapter-vectors.ts";

interface Built {
  readonly query?: string;
  readonly error?: string;
  readonly parseError?: string;
  readonly selectorError?: string;
}

interface BuildVector extends AdapterVector {
  readonly kind: "build";
  readonly template: string;
  readonly series?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly names?: readonly string[];
  readonly selector?: string;
  readonly extraGroupBy?: readonly string[];
  readonly expect: Built;
}

interface BuildExternalVector extends AdapterVector {
  readonly kind: "build-external";
  readonly template: string;
  readonly series?: string;
  readonly namespace?: string;
  readonly selector?: string;
  readonly groupBy?: string;
  readonly groupBySlice?: readonly string[];
  readonly expect: Built;
}

interface QueryVector extends AdapterVector {
  readonly kind: "query";
  readonly config: string;
  readonly mapper: string;
  readonly seriesSet: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly metric: string;
  readonly names: readonly string[];
  readonly selector?: string;
  readonly expect: { readonly query?: string; readonly found?: boolean };
}

describe("renderQuery()", () => {
  test.for(adapterVectors<BuildVector>("build"))("writes what prometheus-adapter does: $id", (vector) => {
    const { series = "", resource = "", names = [], extraGroupBy = [], namespace } = vector;
    const { resource: label } = parseGroupResource(resource);
    const within = namespace === undefined ? [] : [equalMatcher("namespaces", namespace)];
    const built = build(vector, (query, matchers) =>
      renderQuery(query, {
        series,
        matchers: [...matchers, ...within, namesMatcher(label, names, defaultCompatibility)],
        groupBy: [label, ...extraGroupBy],
      }),
    );
    expect(built).toBe(outcomeOf(vector.expect));
  });

  test.for(adapterVectors<BuildExternalVector>("build-external"))(
    "writes what prometheus-adapter does: $id",
    (vector) => {
      const { series = "", namespace, groupBySlice = [] } = vector;
      const within = namespace === undefined ? [] : [equalMatcher("namespaces", namespace)];
      const built = build(vector, (query, matchers) =>
        renderQuery(query, { series, matchers: [...matchers, ...within], groupBy: groupBySlice }),
      );
      expect(built).toBe(outcomeOf(vector.expect));
    },
  );

  test("refuses an empty query, not one of a space", () => {
    const parts = { series: "up", matchers: [], groupBy: [] };
    const error = "empty query produced by metrics query template";
    expect(renderQuery(compiled(rule({ metricsQuery: "" })).query, parts)).toEqual({ ok: false, error });
    expect(renderQuery(compiled(rule({ metricsQuery: " " })).query, parts)).toEqual({ ok: true, value: " " });
  });
});

describe("customQuery()", () => {
  test.for(adapterVectors<QueryVector>("query"))("asks what prometheus-adapter does: $id", (vector) => {
    const known = mapperOf(vector.mapper);
    const series = adapterFacts().seriesSets[vector.seriesSet] ?? {};
    const registry = buildCustomRegistry(inputsOf(rulesOf(vector.config, "rules"), known, series), known);
    const resource = parseGroupResource(vector.resource);
    const metric = registry.find(resource, vector.namespace !== undefined, vector.metric);
    const asked = { ...vector, selector: selector(vector.selector) };
    const query = metric && customQuery(metric, asked, defaultCompatibility);
    const asks = query?.ok === true ? query.value : undefined;
    const own = Object.values(series).flatMap((list) => list.filter(({ __name__ }) => __name__ === metric?.series));
    expect(["equal", "row 20", "row 22"]).toContain(compare(vector, asks, metric, own));
  });

  test.for([
    [{ namespace: "shop", names: ["a"], selector: [] }, 'up{namespace="shop",pod="a"} by pod'],
    [{ namespace: "shop", names: ["b", "a"], selector: [] }, 'up{namespace="shop",pod=~"b|a"} by pod'],
    [{ names: ["a"], selector: [] }, 'up{pod="a"} by pod'],
    [{ namespace: "shop", names: ["a"], selector: selector("x=1") }, 'up{x="1",namespace="shop",pod="a"} by pod'],
  ] as const)("%j asks %s", ([asked, query]) => {
    expect(customQuery(podMetric(), asked, defaultCompatibility)).toEqual({ ok: true, value: query });
  });

  test("gives the values of labels to the template", () => {
    const metric = podMetric({ metricsQuery: "<<.LabelValuesByName>> <<.GroupBySlice>>" });
    const asked = { namespace: "shop", names: ["b", "a"], selector: selector("x in (2,1),pod=z") };
    const value = "map[namespace:shop pod:b|a x:1|2] [pod]";
    expect(customQuery(metric, asked, defaultCompatibility)).toEqual({ ok: true, value });
  });

  test.for([
    [{}, { names: [] }, "no resource names requested"],
    [{}, { selector: selector("a>1") }, "operator not supported by prometheus"],
    [
      { resources: { overrides: [{ label: "pod", group: "", resource: "pod" }] } },
      {},
      "unable to convert resource namespaces into label: no generic resource label form specified for this metric",
    ],
    [{ metricsQuery: "" }, {}, "empty query produced by metrics query template"],
  ] as const)("%j asked by %j: %s", ([given, asked, error]) => {
    const all = { namespace: "shop", names: ["a"], selector: [], ...asked };
    expect(customQuery(podMetric(given), all, defaultCompatibility)).toEqual({ ok: false, error });
  });
});

describe("externalQuery()", () => {
  test.for([
    [{ template: "kube_<<.Resource>>" }, {}, 'up{a="1",kube_namespace="shop"} by '],
    [{ overrides: [{ label: "ns", group: "", resource: "namespaces" }] }, {}, 'up{a="1",ns="shop"} by '],
    [{ namespaced: false }, {}, 'up{a="1"} by '],
    [{ namespaced: false }, { externalNamespace: "always" }, 'up{a="1",namespace="shop"} by '],
    [{}, {}, 'up{a="1",namespace="shop"} by '],
    [{ overrides: [{ label: "pod", group: "", resource: "pod" }] }, {}, 'up{a="1",namespace="shop"} by '],
  ] as const)("%j with %j asks %s", ([resources, settings, query]) => {
    expect(askExternal(resources, settings)).toEqual({ ok: true, value: query });
  });

  test("does as prometheus-adapter with a rule that says nothing of namespaces, where that is set", () => {
    const error =
      "unable to convert resource namespaces into label: no generic resource label form specified for this metric";
    expect(askExternal({}, { externalNamespaceLabel: "error" })).toEqual({ ok: false, error });
  });

  test("guesses no label for a rule that has one, while the cluster's resources are unknown", () => {
    const overrides = [{ label: "ns", group: "", resource: "Namespace" }];
    expect(askExternal({ overrides }, {}, createRestMapper([])).ok).toBe(false);
  });
});

/**
 * How a query relates to prometheus-adapter's: equal, or another one by a row of the peer's defects. By row 20 there, the
 * root path finds cluster-scoped objects of three kinds only; by row 22, objects are asked for by a label that no series has.
 */
function compare(
  { namespace, expect: { query } }: QueryVector,
  asks: string | undefined,
  metric: CustomMetric | undefined,
  series: readonly SeriesLabels[],
): string {
  if (asks === query) return "equal";
  const difference = `${asks} instead of ${query}`;
  if (metric === undefined) return difference;
  const { rule: ready, resource } = metric;
  if (query === undefined) return namespace === undefined && !resource.namespaced ? "row 20" : difference;
  const usual = createResourceLabels(ready, mapper).labelOf(resource);
  return usual.ok && series.some((labels) => usual.value in labels) ? difference : "row 22";
}

const mapper = mapperOf("kubevirt");
const metricsQuery = "<<.Series>>{<<.LabelMatchers>>} by <<.GroupBy>>";

function podMetric(given: Parameters<typeof rule>[0] = {}): CustomMetric {
  const ready = compiled(rule({ metricsQuery, resources: { template: "<<.Resource>>" }, ...given }));
  const resource = mapper.resourceFor({ group: "", resource: "pods" });
  if (resource === undefined) throw new Error("the mapper knows no pods");
  return { series: "up", rule: ready, labels: createResourceLabels(ready, mapper), resource };
}

function askExternal(
  resources: Partial<Rule["resources"]>,
  settings: Partial<Compatibility> = {},
  known: RestMapper = mapper,
): Result<string, string> {
  const ready = compiled(rule({ metricsQuery, resources }));
  const metric = { series: "up", rule: ready, labels: createResourceLabels(ready, known) };
  const asked = { namespace: "shop", selector: selector("a=1") };
  return externalQuery(metric, asked, { ...defaultCompatibility, ...settings });
}

function selector(text = ""): LabelSelector {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Renders a vector's template, or tells at which step that failed. */
function build(
  { template, selector: text = "" }: BuildVector | BuildExternalVector,
  render: (query: Template, matchers: readonly Matcher[]) => Result<string, string>,
): string {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) return "selectorError";
  const ready = compileRule(rule({ metricsQuery: template }));
  if (!ready.ok) return "parseError";
  const matchers = selectorMatchers(parsed.value, defaultCompatibility);
  const query = matchers.ok ? render(ready.value.query, matchers.value) : matchers;
  return query.ok ? `query ${query.value}` : "error";
}

/** Only that a step fails is binding, not its words. */
function outcomeOf({ query, ...failures }: Built): string | undefined {
  return query === undefined ? Object.keys(failures)[0] : `query ${query}`;
}
