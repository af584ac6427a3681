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

/**
 * The same, for virtual machines that are not seen any more: looks back over `spanMs`.
 * A virtual machine without a sample in that time has no value.
 */
export function lastSeenWithin(exporter: Exporter, { labels, matchers }: Subjects, spanMs: number): PromQL {
  const stepMs = Math.min(fiveMinutesMs, Math.max(oneMinuteMs, spanMs / 200));
  const seen = promql`max_over_time((${heartbeats(exporter, matchers)})[${duration(spanMs)}:${duration(stepMs)}])`;
  return promql`max by (${[labels.namespace, labels.name]}) (${seen})`;
}

const oneMinuteMs = 60_000;
/** Prometheus' default lookback: with longer steps a sample between two of them would be missed. */
const fiveMinutesMs = 5 * oneMinuteMs;

function heartbeats({ heartbeat }: Exporter, matchers: Subjects["matchers"]): PromQL {
  const [first, ...others] = heartbeat.map((series) => promql`timestamp(${selector(series, matchers)})`);
  if (first === undefined) throw new Error("An exporter needs a heartbeat series");
  return others.reduce((seen, next) => promql`${seen} or ${next}`, first);
}
