import { fail, ok, type Result } from "../../result.ts";
import type { GroupResource } from "../group-resource.ts";
import type { LabelSelector } from "../label-selector.ts";
import type { Compatibility } from "./compatibility.ts";
import { equalMatcher, type Matcher, namesMatcher, selectorMatchers } from "./matcher.ts";
import type { CustomMetric, RuleMetric } from "./registry.ts";
import type { RuleResources } from "./rule.ts";
import type { Template } from "./template.ts";

/** What a custom metric is asked of. */
export interface AskedObjects {
  /** Absent on the root path of cluster-scoped resources and for the Namespace form. */
  readonly namespace?: string;
  readonly names: readonly string[];
  /** Selects among the metric's own series. */
  readonly selector: LabelSelector;
}

/** Where an external metric is asked for. */
export interface AskedNamespace {
  readonly namespace: string;
  readonly selector: LabelSelector;
}

/**
 * Writes the PromQL of a custom metric. Fails, in prometheus-adapter's words, for a selector that Prometheus cannot express,
 * a rule without a label for the namespace, a template that fails or makes nothing, and without names.
 */
export function customQuery(
  { series, rule, labels, resource }: CustomMetric,
  { namespace, names, selector }: AskedObjects,
  settings: Compatibility,
): Result<string, string> {
  if (names.length === 0) return fail("no resource names requested");
  const selected = selectorMatchers(selector, settings);
  if (!selected.ok) return selected;
  const within = namespace === undefined ? ok([]) : matchersWithin(namespace, labels.labelOf(namespaces));
  if (!within.ok) return within;
  const label = labels.labelOf(resource);
  if (!label.ok) return label;
  const matchers = [...selected.value, ...within.value, namesMatcher(label.value, names, settings)];
  return renderQuery(rule.query, { series, matchers, groupBy: [label.value] });
}

/** Writes the PromQL of an external metric. Fails as that of a custom one does. */
export function externalQuery(
  { series, rule, labels }: RuleMetric,
  { namespace, selector }: AskedNamespace,
  settings: Compatibility,
): Result<string, string> {
  const selected = selectorMatchers(selector, settings);
  if (!selected.ok) return selected;
  const { resources } = rule.rule;
  const isNamespaced = resources.namespaced || settings.externalNamespace === "always";
  const label =
    mapsNamespace(resources) || settings.externalNamespaceLabel === "error"
      ? labels.labelOf(namespaces)
      : ok("namespace");
  const within = isNamespaced ? matchersWithin(namespace, label) : ok([]);
  if (!within.ok) return within;
  return renderQuery(rule.query, { series, matchers: [...selected.value, ...within.value], groupBy: [] });
}

const namespaces: GroupResource = { group: "", resource: "namespaces" };

/** Whether a rule says by which label namespaces are told apart, even if the cluster's resources are not known now. */
function mapsNamespace({ template, overrides }: RuleResources): boolean {
  return template !== "" || overrides.some(({ group, resource }) => group === "" && /^namespaces?$/iu.test(resource));
}

function matchersWithin(namespace: string, label: Result<string, string>): Result<readonly Matcher[], string> {
  return label.ok ? ok([equalMatcher(label.value, namespace)]) : label;
}

/** What a query template is filled with. */
export interface QueryParts {
  readonly series: string;
  /** In the order in which they are written. */
  readonly matchers: readonly Matcher[];
  /** Labels to group by. */
  readonly groupBy: readonly string[];
}

/** Fills a rule's `metricsQuery`. A query of no characters is an error; one of spaces is not. */
export function renderQuery(query: Template, { series, matchers, groupBy }: QueryParts): Result<string, string> {
  const rendered = query.render({
    type: "naming.queryTemplateArgs",
    fields: {
      Series: series,
      LabelMatchers: matchers.map(({ text }) => text).join(","),
      LabelValuesByName: new Map(matchers.map(({ label, value }) => [label, value])),
      GroupBy: groupBy.join(","),
      GroupBySlice: groupBy,
    },
  });
  return rendered.ok && rendered.value === "" ? fail("empty query produced by metrics query template") : rendered;
}
