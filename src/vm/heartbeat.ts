import { duration, type Identifier, promql, type PromQL, selector } from "../promql/expression.ts";
import type { Exporter, Scope } from "./catalogue/vm-metric.ts";

type Subjects = Pick<Scope, "labels" | "matchers">;

/** How far and how closely to look back, in milliseconds. */
export interface LookBack {
  readonly spanMs: number;
  /** The exporter's scrape interval. */
  readonly intervalMs: number;
}

/**
 * When each virtual machine was last seen by an exporter, in seconds since the Unix epoch; no value when that was longer
 * ago than `spanMs`. All samples of a virtual machine come from one scrape, so one question serves all metrics of the
 * exporter. Looking back matters when a scrape fails: Prometheus then hides the samples of the one before.
 */
export function lastSeen(exporter: Exporter, { labels, matchers }: Subjects, lookBack: LookBack): PromQL {
  const times = timesOf(exporter, matchers);
  const seen = anyOf([...times, ...times.map((time) => newest(time, lookBack, 2))]);
  return promql`max by (${[labels.namespace, labels.name]}) (${seen})`;
}

/**
 * The same, for virtual machines that have not been seen for long. Each scrape of the last ten minutes is looked at;
 * farther back, up to `spanMs`, one moment in five minutes, which finds every virtual machine that was seen for that long.
 */
export function lastSeenWithin(exporter: Exporter, { labels, matchers }: Subjects, lookBack: LookBack): PromQL {
  const times = timesOf(exporter, matchers);
  const recent = times.map((time) => newest(time, { spanMs: tenMinutesMs, intervalMs: lookBack.intervalMs }));
  const earlier = times.map((time) => newest(time, { spanMs: lookBack.spanMs, intervalMs: fiveMinutesMs }));
  return promql`max by (${[labels.namespace, labels.name]}) (${anyOf([...recent, ...earlier])})`;
}

/** Prometheus' default lookback: with longer steps a sample between two of them would be missed. */
const fiveMinutesMs = 5 * 60_000;
const tenMinutesMs = 2 * fiveMinutesMs;

function timesOf({ heartbeat }: Exporter, matchers: Subjects["matchers"]): readonly PromQL[] {
  return heartbeat.map((series: Identifier) => promql`timestamp(${selector(series, matchers)})`);
}

/** The highest of a time in a span; each interval is looked at in so many steps. */
function newest(time: PromQL, { spanMs, intervalMs }: LookBack, steps = 1): PromQL {
  return promql`max_over_time(${time}[${duration(spanMs)}:${duration(Math.max(1_000, intervalMs / steps))}])`;
}

function anyOf([first, ...others]: readonly PromQL[]): PromQL {
  if (first === undefined) throw new Error("An exporter needs a heartbeat series");
  return others.reduce((seen, next) => promql`${seen} or ${next}`, first);
}
