import type { CompiledRule } from "../../naming/rules/compile-rule.ts";
import {
  buildCustomRegistry,
  buildExternalRegistry,
  type CustomRegistry,
  type ExternalRegistry,
  type RegistryInput,
} from "../../naming/rules/registry.ts";
import { createResourceLabels, type ResourceLabels } from "../../naming/rules/resource-labels.ts";
import { type ApiResourceGroup, createRestMapper, type RestMapper } from "../../naming/rules/rest-mapper.ts";
import type { Rule, RuleProblem } from "../../naming/rules/rule.ts";
import type { SeriesShape } from "../../naming/rules/series.ts";

/** What the rules make of the series and resources that are known. */
export interface RuleBook {
  readonly mapper: RestMapper;
  readonly custom: CustomRegistry;
  readonly external: ExternalRegistry;
  /** Whether a rule could make this metric, and there is no series that any makes it of, for any resource. */
  readonly awaitsCustom: (metric: string) => boolean;
  /** The same for external metrics. */
  readonly awaitsExternal: (metric: string) => boolean;
  /** Resources that rules name and the cluster does not have; nothing is found by their labels until it does. */
  readonly unknown: readonly UnknownResource[];
}

/** A resource that nobody knows, and the rule that names it. */
export interface UnknownResource {
  readonly rule: Rule;
  readonly problem: RuleProblem;
}

/** The rules of both sections of the configuration file, in its order. */
export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  readonly externalRules: readonly CompiledRule[];
}

/** The newest lists of series by `seriesQuery`; a query that is missing has not been listed. */
export type SeriesByQuery = ReadonlyMap<string, readonly SeriesShape[]>;

/** Binds the rules to what the cluster has; the result makes a book of each new state of the series. */
export function bindRules(
  { rules, externalRules }: CompiledRules,
  groups: readonly ApiResourceGroup[],
): (series: SeriesByQuery) => RuleBook {
  const mapper = createRestMapper(groups);
  function bind(rule: CompiledRule): Bound {
    return { rule, labels: createResourceLabels(rule, mapper) };
  }
  const [custom, external] = [rules.map(bind), externalRules.map(bind)];
  const unknown = [...custom, ...external].flatMap(({ rule: { rule }, labels }) =>
    labels.unknown.map((problem) => ({ rule, problem })),
  );
  return (series) => {
    const registries = {
      custom: buildCustomRegistry(inputs(custom, series), mapper),
      external: buildExternalRegistry(inputs(external, series)),
    };
    return {
      mapper,
      ...registries,
      awaitsCustom: (name) =>
        rules.some((rule) => rule.mayMake(name)) && registries.custom.list.every(({ metric }) => metric !== name),
      awaitsExternal: (name) =>
        externalRules.some((rule) => rule.mayMake(name)) && registries.external.find(name) === undefined,
      unknown,
    };
  };
}

interface Bound {
  readonly rule: CompiledRule;
  readonly labels: ResourceLabels;
}

function inputs(bound: readonly Bound[], series: SeriesByQuery): readonly RegistryInput[] {
  return bound.map((each) => ({ ...each, series: series.get(each.rule.rule.seriesQuery) ?? [] }));
}
