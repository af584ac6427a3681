import type { Unit } from "../../naming/unit.ts";
import type { PromQL } from "../../promql/expression.ts";
import type { Exporter } from "../exporter.ts";
import { gaugeOf, nameOf, ofNodes, rateOf, type Reading, scaled } from "./expressions.ts";
import type { Expression, Scope, Source, VmMetric } from "./vm-metric.ts";

/** One way to read a counter. */
export interface CounterSource extends Pick<Source, "versions" | "foreignDevices"> {
  readonly exporter: Exporter;
  readonly reading: Reading;
  /** What turns its values into the unit of the metric: 0.001 for milliseconds. Default 1. */
  readonly factor?: number;
  /** Says of samples or slopes which count, and in which unit they are. Default: all as they are. */
  readonly samples?: (samples: PromQL, scope: Scope) => PromQL;
}

/** The two metrics that a counter makes: how fast it grows, and what it has come to. */
export interface CounterMetrics extends Pick<VmMetric, "seedRow" | "device"> {
  readonly rate: Pick<VmMetric, "name" | "help"> & { readonly unit: Unit };
  readonly total: Pick<VmMetric, "name" | "help"> & { readonly unit: Unit };
  /** In the order of preference. */
  readonly counters: readonly CounterSource[];
}

/** Why a total does not suit an autoscaler. */
const beginsAgain =
  "It only grows, and begins again at 0 with each start and live migration: it says nothing of the load now.";

/** Makes the metrics of a counter. */
export function counterMetrics({ rate, total, counters, ...both }: CounterMetrics): readonly VmMetric[] {
  return [
    { ...rate, ...both, kind: "rate", stability: "ALPHA", since: "0.1", sources: counters.map(rateSource) },
    {
      ...total,
      ...both,
      kind: "cumulative",
      stability: "ALPHA",
      since: "0.1",
      unsuitable: beginsAgain,
      sources: counters.map(totalSource),
    },
  ];
}

/** The rate of a counter. */
export function rateSource(counter: CounterSource): Source {
  return toSource(counter, rateOf(counter.reading, counter.samples));
}

/** What a counter has come to, added up over the devices. */
function totalSource(counter: CounterSource): Source {
  const { reading, samples = (each: PromQL) => each } = counter;
  return toSource(
    counter,
    gaugeOf(reading, (each, scope) => samples(ofNodes(each, scope), scope)),
  );
}

function toSource({ exporter, versions, reading, factor, foreignDevices }: CounterSource, figure: Expression): Source {
  return {
    series: nameOf(reading),
    versions,
    exporter,
    expression: factor === undefined ? figure : scaled(figure, factor),
    ...(foreignDevices === undefined ? {} : { foreignDevices }),
  };
}
