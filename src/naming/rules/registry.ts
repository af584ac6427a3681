import { formatGroupResource, type GroupResource } from "../group-resource.ts";
import { type Claims, createClaims } from "./claims.ts";
import type { CompiledRule } from "./compile-rule.ts";
import type { ResourceLabels } from "./resource-labels.ts";
import type { MappedResource, RestMapper } from "./rest-mapper.ts";
import { labelsAsSeen, seenLabels } from "./seen-labels.ts";
import type { SeriesShape } from "./series.ts";

/** A rule and what Prometheus has for it; lists of them are in the order of the file. */
export interface RegistryInput {
  readonly rule: CompiledRule;
  readonly labels: ResourceLabels;
  /** The answer to the rule's `seriesQuery`, in the order of Prometheus; equal ones may be left out but for the last. */
  readonly series: readonly SeriesShape[];
}

/** Where a metric comes from. */
export interface RuleMetric {
  /** The series' name in Prometheus. */
  readonly series: string;
  readonly rule: CompiledRule;
  /** By which labels this metric's series are asked, and its samples told apart. */
  readonly labels: ResourceLabels;
}

/** A metric of the objects of a resource. */
export interface CustomMetric extends RuleMetric {
  readonly resource: MappedResource;
}

/** An entry of the API's list of custom metrics. */
export interface ListedMetric {
  readonly resource: GroupResource;
  /**
   * Whether the objects are asked for within a namespace. False for core namespaces, nodes and persistentvolumes only, as in
   * prometheus-adapter: other cluster-scoped objects are listed, and found, as if they had one.
   */
  readonly namespaced: boolean;
  readonly metric: string;
}

/** A name that several series could be; the last of the last rule is it. */
export interface Collision {
  readonly metric: string;
  /** Absent for an external metric. */
  readonly resource?: GroupResource;
  readonly winner: RuleMetric;
  /** The others, in the order in which they came. */
  readonly losers: readonly RuleMetric[];
}

/** The custom metrics that there are now. */
export interface CustomRegistry {
  /** In the order of resource, then name. */
  readonly list: readonly ListedMetric[];
  /** Looks a metric up for a resource as the client wrote it: singular or plural, with a group, a part of it, or none. */
  readonly find: (resource: GroupResource, namespaced: boolean, metric: string) => CustomMetric | undefined;
  readonly collisions: readonly Collision[];
}

/** The external metrics that there are now. */
export interface ExternalRegistry {
  /** In order. */
  readonly list: readonly string[];
  readonly find: (metric: string) => RuleMetric | undefined;
  readonly collisions: readonly Collision[];
}

/**
 * Finds out which metrics the rules make of what Prometheus has. Where several are one, the last counts; what only `madeOf`
 * finds never takes a name from what prometheus-adapter would serve by it.
 */
export function buildCustomRegistry(inputs: readonly RegistryInput[], mapper: RestMapper): CustomRegistry {
  const claims = createClaims<ListedMetric, RuleMetric>();
  const named = inputs.map((input) => ({ labels: input.labels, series: nameSeries(input, labelsAsSeen) }));
  for (const { labels, series } of named) claimResources(claims, series, labels.madeOf);
  for (const { labels, series } of named) claimResources(claims, series, labels.resourceOf);
  return {
    list: claims.items(),
    find: (asked, namespaced, metric) => {
      const resource = mapper.resourceFor(asked);
      const claim = resource === undefined ? undefined : claims.get(keyOf(resource, metric));
      if (resource === undefined || claim === undefined) return undefined;
      const isReachable = claim.item.namespaced === namespaced || !(namespaced || resource.namespaced);
      return isReachable ? { ...claim.winner, resource } : undefined;
    },
    collisions: claims.contested().map(({ item: { metric, resource }, winner, losers }) => {
      return { metric, resource, winner, losers };
    }),
  };
}

/** Finds out which external metrics the rules make of what Prometheus has; the labels of the series do not matter. */
export function buildExternalRegistry(inputs: readonly RegistryInput[]): ExternalRegistry {
  const claims = createClaims<string, RuleMetric>();
  for (const { metric, source } of inputs.flatMap((input) => nameSeries(input, (labels) => labels))) {
    claims.add(metric, metric, source);
  }
  return {
    list: claims.items(),
    find: (metric) => claims.get(metric)?.winner,
    collisions: claims.contested().map(({ item, winner, losers }) => ({ metric: item, winner, losers })),
  };
}

/** A series that a rule does not leave out. */
interface NamedSeries {
  readonly labels: readonly string[];
  readonly metric: string;
  readonly source: RuleMetric;
}

/** Names a rule's series, in their order; those of one name have one source. */
function nameSeries(
  { rule, labels, series }: RegistryInput,
  narrow: (labels: ResourceLabels, seen: ReadonlySet<string>) => ResourceLabels,
): readonly NamedSeries[] {
  const metricByName = new Map<string, string>();
  for (const name of new Set(series.map((shape) => shape.name))) {
    const metric = rule.nameOf(name);
    if (metric !== undefined) metricByName.set(name, metric);
  }
  const kept = series.filter(({ name }) => metricByName.has(name));
  const sourceByName = new Map<string, RuleMetric>();
  for (const [name, seen] of seenLabels(kept)) {
    sourceByName.set(name, { series: name, rule, labels: narrow(labels, seen) });
  }
  return kept.flatMap((shape) => {
    const [metric, source] = [metricByName.get(shape.name), sourceByName.get(shape.name)];
    return metric === undefined || source === undefined ? [] : [{ labels: shape.labels, metric, source }];
  });
}

function claimResources(
  claims: Claims<ListedMetric, RuleMetric>,
  series: readonly NamedSeries[],
  resourceOf: (label: string) => GroupResource | undefined,
): void {
  for (const { labels, metric, source } of series) {
    for (const found of labels.map(resourceOf)) {
      if (found === undefined) continue;
      const { group, resource } = found;
      const namespaced = !(group === "" && rootResources.has(resource));
      claims.add(keyOf(found, metric), { resource: { group, resource }, namespaced, metric }, source);
    }
  }
}

const rootResources: ReadonlySet<string> = new Set(["namespaces", "nodes", "persistentvolumes"]);

/** Sorts as the API's list does: by resource, then by name. */
function keyOf(resource: GroupResource, metric: string): string {
  return `${formatGroupResource(resource)}/${metric}`;
}
