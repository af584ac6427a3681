import type { MetricError } from "../naming/metric-error.ts";
import { equals, oneOf } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Exporter, Scope, SeriesLabels, Source, VmMetric } from "../vm/catalogue/vm-metric.ts";
import { lastSeen, lastSeenWithin } from "../vm/heartbeat.ts";
import type { Figure } from "../vm/member.ts";
import type { GetSnapshot, Plan, Snapshot } from "./snapshot.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";

/** What is known of a metric in one namespace now. */
export interface Figures {
  readonly of: (name: string) => Figure;
  /** The window of a rate, in milliseconds; absent for a gauge and while the scrape interval is not known. */
  readonly windowMs?: number;
  /** How old a sample may be, in milliseconds. */
  readonly maxAgeMs: number;
  /**
   * When virtual machines that are not seen now were last seen by any exporter of the metric, by name, in milliseconds
   * since the Unix epoch; those without an entry have no sample since `sinceMs`.
   */
  readonly lastSeen: (
    names: readonly string[],
    sinceMs: number,
  ) => Promise<Result<ReadonlyMap<string, number>, MetricError>>;
}

/** Asks for all that is known of a metric in a namespace. */
export type GetFigures = (metric: VmMetric, namespace: string) => Promise<Result<Figures, MetricError>>;

export interface FiguresOptions {
  readonly snapshots: GetSnapshot;
  readonly scrapeIntervalOf: ScrapeIntervalOf;
  readonly labels: SeriesLabels;
  /** The window of rates in milliseconds; absent means four scrape intervals, at least a minute. */
  readonly windowMs?: number;
  /** How old a sample may be in milliseconds; absent means four scrape intervals, at least two minutes. */
  readonly maxAgeMs?: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** What one source says. */
interface Asked {
  readonly exporter: Exporter;
  /** Undefined while a rate's scrape interval is not known. */
  readonly values?: Snapshot;
  readonly seen: Snapshot;
  readonly intervalMs: number | undefined;
}

const minuteMs = 60_000;
/** Stands for an interval that is not known. */
const shortIntervalMs = 10_000;

/** Asks every source of a metric and lets the first one that sees a virtual machine speak for it. */
export function createFigures(options: FiguresOptions): GetFigures {
  const { snapshots, labels } = options;
  function plan(expr: Plan["expr"]): Plan {
    return { expr, namespaceLabel: labels.namespace, nameLabel: labels.name };
  }

  async function ask(metric: VmMetric, source: Source, namespace: string): Promise<Result<Asked, MetricError>> {
    const { exporter } = source;
    const matchers = [equals(labels.namespace, namespace)];
    const interval = await options.scrapeIntervalOf(exporter);
    if (!interval.ok) return interval;
    const intervalMs = interval.value;
    const rate = rateOptions(intervalMs, options.windowMs);
    const [seen, values] = await Promise.all([
      snapshots(plan(lastSeen(exporter, { labels, matchers }))),
      metric.kind === "rate" && intervalMs === undefined
        ? undefined
        : snapshots(plan(source.expression({ labels, matchers, rate }))),
    ]);
    if (!seen.ok) return seen;
    if (values === undefined) return ok({ exporter, seen: seen.value, intervalMs });
    return values.ok ? ok({ exporter, seen: seen.value, values: values.value, intervalMs }) : values;
  }

  async function past(
    intervals: ReadonlyMap<Exporter, number | undefined>,
    namespace: string,
    names: readonly string[],
    sinceMs: number,
  ): Promise<Result<ReadonlyMap<string, number>, MetricError>> {
    const matchers = [equals(labels.namespace, namespace), oneOf(labels.name, names.toSorted())];
    const spanMs = spanFor(options.wallClock() - sinceMs);
    const answers = await Promise.all(
      [...intervals].map(async ([exporter, intervalMs = shortIntervalMs]) =>
        snapshots(plan(lastSeenWithin(exporter, { labels, matchers }, { spanMs, intervalMs }))),
      ),
    );
    const failed = answers.find((answer) => !answer.ok);
    if (failed !== undefined && !failed.ok) return failed;
    const times = names.map((name) => {
      const seconds = answers.flatMap((answer) => (answer.ok ? (answer.value.valueOf(namespace, name) ?? []) : []));
      return [name, Math.max(...seconds) * 1_000] as const;
    });
    return ok(new Map(times.filter(([, timeMs]) => Number.isFinite(timeMs))));
  }

  return async (metric, namespace) => {
    const answers = await Promise.all(metric.sources.map((source) => ask(metric, source, namespace)));
    const asked: Asked[] = [];
    for (const answer of answers) {
      if (!answer.ok) return fail(answer.error);
      asked.push(answer.value);
    }
    const intervalMs = asked.find((each) => each.intervalMs !== undefined)?.intervalMs;
    const maxAgeMs = options.maxAgeMs ?? Math.max(2 * minuteMs, 4 * (intervalMs ?? 0));
    const intervals = new Map(asked.map((each) => [each.exporter, each.intervalMs]));
    return ok({
      of: (name) => figureOf(asked, namespace, name, maxAgeMs),
      ...(metric.kind === "rate" && intervalMs !== undefined
        ? { windowMs: rateOptions(intervalMs, options.windowMs).windowMs }
        : {}),
      maxAgeMs,
      lastSeen: (names, sinceMs) => past(intervals, namespace, names, sinceMs),
    });
  };
}

/** A rate is never taken over less than two intervals, whatever is configured. */
function rateOptions(intervalMs = minuteMs, windowMs = Math.max(4 * intervalMs, minuteMs)): Scope["rate"] {
  return { intervalMs, windowMs: Math.max(windowMs, 2 * intervalMs) };
}

function figureOf(asked: readonly Asked[], namespace: string, name: string, maxAgeMs: number): Figure {
  const figures = asked.map(({ seen, values }): Figure => {
    const seconds = seen.valueOf(namespace, name);
    if (seconds === undefined) return { state: "unseen" };
    const timestampMs = seconds * 1_000;
    const ageMs = (seen.timeMs() ?? timestampMs) - timestampMs;
    if (ageMs > maxAgeMs) return { state: "stale", ageMs };
    const value = values?.valueOf(namespace, name);
    return value === undefined ? { state: "withoutValue" } : { state: "reporting", value, timestampMs, ageMs };
  });
  const [best = { state: "unseen" } as const] = figures.toSorted((a, b) => order[a.state] - order[b.state]);
  return best;
}

/** The sort is stable: of two sources that are equally good the first one counts. */
const order: Readonly<Record<Figure["state"], number>> = { reporting: 0, withoutValue: 1, stale: 2, unseen: 3 };

/** Rounded up to one of few spans, so that the question stays the same for a while. */
function spanFor(ageMs: number): number {
  const spans = [10, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60].map((minutes) => minutes * minuteMs);
  return spans.find((span) => span >= ageMs) ?? 30 * 24 * 60 * minuteMs;
}
