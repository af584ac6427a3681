import { duration, type Matcher, promql, type PromQL, selector } from "../promql/expression.ts";
import type { Exporter } from "./exporter.ts";
import type { SeriesLabels } from "./series-labels.ts";

/** Which virtual machines are looked for. */
export interface Subjects {
  readonly labels: SeriesLabels;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly cluster: readonly Matcher[];
  /** Selects their series: this cluster's, and of these any part. */
  readonly matchers: readonly Matcher[];
}

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
export function lastSeen(exporter: Exporter, subjects: Subjects, lookBack: LookBack): PromQL {
  return newestOf(exporter, subjects, (time) => promql`${time} or ${newest(time, lookBack, 2)}`);
}

/**
 * The same, for virtual machines that have not been seen for long. Each scrape of the last ten minutes is looked at;
 * farther back, up to an hour, one moment in five minutes, which finds every virtual machine that was seen for that long.
 */
export function lastSeenWithinAnHour(exporter: Exporter, subjects: Subjects, intervalMs: number): PromQL {
  return newestOf(exporter, subjects, (time) => {
    const recent = newest(time, { spanMs: 2 * fiveMinutesMs, intervalMs });
    return promql`${recent} or ${newest(time, { spanMs: 12 * fiveMinutesMs, intervalMs: fiveMinutesMs })}`;
  });
}

/** Prometheus' default lookback: with longer steps a sample between two of them would be missed. */
const fiveMinutesMs = 5 * 60_000;

/** The newest of what is asked of each heartbeat series. Of two names of one series each has the labels of the other. */
function newestOf(
  { heartbeat, identity, own = (samples) => samples }: Exporter,
  { labels, cluster, matchers }: Subjects,
  ask: (time: PromQL) => PromQL,
): PromQL {
  const [first, ...others] = heartbeat.map((series) => {
    const times = ask(own(promql`timestamp(${selector(series, matchers)})`, labels, cluster));
    return promql`max by (${identity.subject(labels)}) (${times})`;
  });
  if (first === undefined) throw new Error("An exporter needs a heartbeat series");
  const newestOfAll = others.reduce((a, b) => promql`(${a} > ${b}) or ${b} or ${a}`, first);
  return identity.named(labels, newestOfAll);
}

/** The highest of a time in a span; each interval is looked at in so many steps. */
function newest(time: PromQL, { spanMs, intervalMs }: LookBack, steps = 1): PromQL {
  return promql`max_over_time(${time}[${duration(spanMs)}:${duration(Math.max(1_000, intervalMs / steps))}])`;
}
