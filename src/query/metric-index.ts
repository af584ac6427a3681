import type { Hidden } from "../naming/exposure.ts";
import type { Misplacement } from "../naming/metric-error.ts";
import type { Notice } from "../naming/stability.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Aggregation } from "../naming/aggregation.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import {
  aggregateNamesOf,
  type MetricNames,
  type NamedMetric,
  type NameParts,
  namesOf,
  withoutParts,
  withParts,
} from "../vm/metric-names.ts";
import type { ServedMetric } from "../vm/served-catalogue.ts";

/** What a name stands for. */
export interface Meant {
  readonly metric: VmMetric;
  /** What turns its values into the unit that the name says. */
  readonly factor: number;
  /** How the values of several virtual machines become one; absent when the name is one of a single virtual machine. */
  readonly aggregation?: Aggregation;
  /** What the name says beside the metric. */
  readonly parts: NameParts;
}

/** Why a name stands for nothing. */
export type NotMeant =
  | { readonly why: "unknown"; readonly known: readonly string[] }
  | { readonly why: "misplaced"; readonly reason: Misplacement; readonly instead: string }
  | { readonly why: "ambiguous"; readonly names: readonly string[] }
  | { readonly why: "hidden"; readonly hidden: Hidden };

/** Finds what names stand for. */
export interface MetricIndex {
  /** The metric of one virtual machine that a name stands for. */
  readonly single: (text: string) => Result<Meant, NotMeant>;
  /** The metric of several virtual machines, or that of the one which the name begins with. */
  readonly aggregate: (text: string) => Result<Meant, NotMeant>;
  /** The metric of an external name, in which client-go has written all letters small. */
  readonly external: (text: string) => Result<Meant, NotMeant>;
  /** What users of a name are told; undefined when it is not deprecated, or not known. */
  readonly notice: (text: string) => Notice | undefined;
  /** The names in discovery, sorted. */
  readonly listed: { readonly single: readonly string[]; readonly aggregate: readonly string[] };
}

/** Makes an index of the metrics that are served. */
export function createMetricIndex(served: readonly ServedMetric[]): MetricIndex {
  const names = namesOf(served.map(({ metric }) => metric));
  const exposures = new Map(served.map(({ metric, exposure }) => [metric, exposure]));
  const lowerCase = new Map([...names.single].map(([name, named]) => [name.toLowerCase(), named]));
  const shown = served.filter(({ listed }) => listed).map(({ metric }) => metric);
  const listed = {
    single: shown.map(({ name }) => name).toSorted(),
    aggregate: shown.flatMap(aggregateNamesOf).toSorted(),
  };

  /** Looks a name up in one of the tables; only a metric that has devices is called by one. */
  function find<T extends NamedMetric>(
    table: ReadonlyMap<string, T>,
    text: string,
  ): (T & { readonly parts: NameParts }) | undefined {
    const split = withoutParts(text);
    const found = split && table.get(split.name);
    if (found === undefined || (split?.parts.device !== undefined && found.metric.device === undefined))
      return undefined;
    return { ...found, parts: split?.parts ?? {} };
  }

  function exposed(found: Meant): Result<Meant, NotMeant> {
    const exposure = exposures.get(found.metric);
    if (exposure === undefined) throw new Error(`Cannot tell whether ${found.metric.name} is served`);
    return exposure.served ? ok(found) : fail({ why: "hidden", hidden: exposure.hidden });
  }

  function unknown(text: string, known: readonly string[]): Result<never, NotMeant> {
    const elsewhere = misplaced(names, text);
    return fail(elsewhere === undefined ? { why: "unknown", known } : { why: "misplaced", ...elsewhere });
  }

  return {
    listed,
    single: (text) => {
      const found = find(names.single, text);
      return found === undefined || found.parts.vm !== undefined ? unknown(text, listed.single) : exposed(found);
    },
    aggregate: (text) => {
      const one = find(names.single, text);
      if (one?.parts.vm !== undefined) return exposed(one);
      const meant = ambiguous(names, text);
      if (meant !== undefined) return fail({ why: "ambiguous", names: meant });
      const found = find(names.aggregate, text);
      return found === undefined || found.parts.vm !== undefined ? unknown(text, listed.aggregate) : exposed(found);
    },
    external: (text) => {
      const found = find(names.single, text) ?? find(lowerCase, text);
      return found === undefined ? unknown(text, listed.single) : exposed(found);
    },
    notice: (text) => {
      const found = find(names.aggregate, text) ?? find(names.single, text) ?? find(lowerCase, text);
      const exposure = found && exposures.get(found.metric);
      return exposure?.served === true ? exposure.notice : undefined;
    },
  };
}

/** What is wrong with a name that would mean something elsewhere, or without one of its parts, and what to ask instead. */
function misplaced(
  names: MetricNames,
  text: string,
): { readonly reason: Misplacement; readonly instead: string } | undefined {
  const split = withoutParts(text);
  if (split === undefined) return undefined;
  const { name, parts } = split;
  const [one, several] = [names.single.get(name), names.aggregate.get(name)];
  const { metric } = one ?? several ?? {};
  if (metric === undefined) return undefined;
  const { device: _, ...others } = parts;
  if (parts.device !== undefined && metric.device === undefined) {
    return { reason: "noDevices", instead: withParts(name, others) };
  }
  const { vm, ...ofObject } = parts;
  if (one !== undefined) return { reason: "prefixed", instead: withParts(name, ofObject) };
  return { reason: vm === undefined ? "ofSeveral" : "prefixedAggregate", instead: withParts(metric.name, parts) };
}

/** The names that say which aggregate is meant, where the one that was asked for does not; with the same device. */
function ambiguous(names: MetricNames, text: string): readonly string[] | undefined {
  const split = withoutParts(text);
  const { device } = split?.parts ?? {};
  const meant = names.ambiguous.get(split?.name ?? "");
  return device === undefined ? meant : meant?.map((name) => name.replace("-", `_${device}-`));
}
