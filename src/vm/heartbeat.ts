import { duration, promql, type PromQL, selector } from "../promql/expression.ts";
import type { Exporter, Scope } from "./catalogue/vm-metric.ts";

type Subjects = Pick<Scope, "labels" | "matchers">;

/**
 * When each virtual machine was last seen by an exporter, in seconds since the Unix epoch.
 * All samples of a virtual machine come from one scrape, so one question serves all metrics of the exporter.
 */
export function lastSeen(exporter: Exporter, { labels, matchers }: Subjects): PromQL {
  return promql`max by (${[labels.namespace, labels.name]}) (${heartbeats(exporter, matchers)})`;
}

/** How far and how closely to look back, in milliseconds. */
export interface LookBack {
  readonly spanMs: number;
  /** The exporter's scrape interval. */
  readonly intervalMs: number;
}

/**
 * The same, for virtual machines that are not seen any more. Each scrape of the last ten minutes is looked at; farther
 * back, up to `spanMs`, one moment in five minutes, which finds every virtual machine that was seen for that long.
 * A virtual machine without a sample has no value.
 */
export function lastSeenWithin(exporter: Exporter, { labels, matchers }: Subjects, lookBack: LookBack): PromQL {
  const times = heartbeats(exporter, matchers);
  const recent = promql`max_over_time((${times})[${duration(tenMinutesMs)}:${duration(lookBack.intervalMs)}])`;
  const earlier = promql`max_over_time((${times})[${duration(lookBack.spanMs)}:${duration(fiveMinutesMs)}])`;
  return promql`max by (${[labels.namespace, labels.name]}) (${recent} or ${earlier})`;
}

/** Prometheus' default lookback: with longer steps a sample between two of them would be missed. */
const fiveMinutesMs = 5 * 60_000;
const tenMinutesMs = 2 * fiveMinutesMs;

function heartbeats({ heartbeat }: Exporter, matchers: Subjects["matchers"]): PromQL {
  const [first, ...others] = heartbeat.map((series) => promql`timestamp(${selector(series, matchers)})`);
  if (first === undefined) throw new Error("An exporter needs a heartbeat series");
  return others.reduce((seen, next) => promql`${seen} or ${next}`, first);
}
