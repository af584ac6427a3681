import { parse } from "yaml";
import { type CompiledRule, compileRule } from "../../src/naming/rules/compile-rule.ts";
import type { RegistryInput } from "../../src/naming/rules/registry.ts";
import { createResourceLabels } from "../../src/naming/rules/resource-labels.ts";
import { createRestMapper, type RestMapper } from "../../src/naming/rules/rest-mapper.ts";
import type { Rule } from "../../src/naming/rules/rule.ts";
import { adapterFacts, type SeriesLabels } from "./adapter-vectors.ts";

/** A rule that says nothing but what is given. */
export function rule(given: Partial<Omit<Rule, "resources" | "name">> & GivenParts = {}): Rule {
  const { resources, name, ...rest } = given;
  return {
    seriesQuery: "",
    seriesFilters: [],
    metricsQuery: "",
    vms: false,
    ...rest,
    resources: { template: "", overrides: [], namespaced: true, ...resources },
    name: { matches: "", as: "", ...name },
  };
}

interface GivenParts {
  readonly resources?: Partial<Rule["resources"]>;
  readonly name?: Partial<Rule["name"]>;
}

/** Compiles a rule that has no problem. */
export function compiled(given: Rule): CompiledRule {
  const result = compileRule(given);
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join("\n"));
  return result.value;
}

/** The rules of a configuration file that is well-formed; `config` is the file, or its name among the facts. */
export function rulesOf(config: string, section: "rules" | "externalRules"): readonly Rule[] {
  const document = parse(adapterFacts().configs[config] ?? config, {
    version: "1.1",
    merge: true,
  }) as RawDocument | null;
  return (document?.[section] ?? []).map((raw) => {
    const { template = "", overrides = {}, namespaced = true } = raw.resources ?? {};
    return rule({
      seriesQuery: raw.seriesQuery ?? "",
      seriesFilters: (raw.seriesFilters ?? []).map(({ is = "", isNot = "" }) => ({ is, isNot })),
      resources: {
        template,
        namespaced,
        overrides: Object.entries(overrides).map(([label, { group = "", resource = "" }]) => ({
          label,
          group,
          resource,
        })),
      },
      name: { matches: raw.name?.matches ?? "", as: raw.name?.as ?? "" },
      metricsQuery: raw.metricsQuery ?? "",
    });
  });
}

interface RawDocument {
  readonly rules?: readonly RawRule[] | null;
  readonly externalRules?: readonly RawRule[] | null;
}

interface RawRule {
  readonly seriesQuery?: string;
  readonly seriesFilters?: readonly { readonly is?: string; readonly isNot?: string }[];
  readonly resources?: {
    readonly template?: string;
    readonly overrides?: Readonly<Record<string, { readonly group?: string; readonly resource?: string }>>;
    readonly namespaced?: boolean;
  };
  readonly name?: { readonly matches?: string; readonly as?: string };
  readonly metricsQuery?: string;
}

/** The mapper of that name among the facts. */
export function mapperOf(name: string): RestMapper {
  return createRestMapper(adapterFacts().mappers[name] ?? []);
}

/** Binds rules to resources and to what Prometheus lists for each `seriesQuery`. */
export function inputsOf(
  rules: readonly Rule[],
  mapper: RestMapper,
  seriesByQuery: Readonly<Record<string, readonly SeriesLabels[]>>,
): readonly RegistryInput[] {
  return rules.map(compiled).map((ready) => ({
    rule: ready,
    labels: createResourceLabels(ready, mapper),
    series: (seriesByQuery[ready.rule.seriesQuery] ?? []).map(({ __name__ = "", ...labels }) => {
      return { name: __name__, labels: Object.keys(labels) };
    }),
  }));
}
