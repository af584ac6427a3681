import type { MetricError } from "../naming/metric-error.ts";
import { equals, type Matcher, oneOf } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Exporter, SeriesLabels, Source, VmMetric } from "../vm/catalogue/vm-metric.ts";
import { lastSeen, lastSeenWithin } from "../vm/heartbeat.ts";
import { type Figure, ranForMs } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";
import type { GetSnapshot, Plan, Snapshot } from "./snapshot.ts";

/** What is known of a metric of some virtual machines of one namespace now. All times are in milliseconds. */
export interface Figures {
  /** The figure of one of the virtual machines that were asked about. */
  readonly of: (vmi: VirtualMachineInstance) => Figure;
  /** The window of a rate; absent for a gauge and while the scrape interval is not known. */
  readonly windowMs?: number;
  /** How old a sample may be. */
  readonly maxAgeMs: number;
  /** How long after its start a virtual machine may be without a figure. */
  readonly settlingMs: number;
  /** As measured, or a minute while it is not known. */
  readonly scrapeIntervalMs: number;
  /**
   * When virtual machines that are not seen now were last seen by any exporter of the metric, by name, since the Unix
   * epoch. Looks back to `sinceMs`, as closely as `lastSeenWithin` does.
   */
  readonly lastSeen: (
    names: readonly string[],
    sinceMs: number,
  ) => Promise<Result<ReadonlyMap<string, number>, MetricError>>;
}

/** Asks for all that is known of a metric of virtual machines of a namespace. */
export type GetFigures = (
  metric: VmMetric,
  namespace: string,
  vmis: readonly VirtualMachineInstance[],
) => Promise<Result<Figures, MetricError>>;

export interface FiguresOptions {
  readonly snapshots: GetSnapshot;
  readonly scrapeIntervalOf: ScrapeIntervalOf;
  readonly labels: SeriesLabels;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly matchers: readonly Matcher[];
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
  readonly seen: Snapshot;
  /** The values for a virtual machine; undefined while it is too young for any. */
  readonly values: (vmi: VirtualMachineInstance) => Snapshot | undefined;
  readonly intervalMs: number | undefined;
}

const minuteMs = 60_000;
/** Stands for an interval that is not known. */
const assumedIntervalMs = minuteMs;
/** More names than these make a question longer than proxies let through; the whole namespace is asked for instead. */
const maxNames = 100;

/** Asks every source of a metric and lets the first one that sees a virtual machine speak for it. */
export function createFigures(options: FiguresOptions): GetFigures {
  const { snapshots, labels, wallClock } = options;
  function plan(expr: Plan["expr"]): Plan {
    return { expr, namespaceLabel: labels.namespace, nameLabel: labels.name };
  }

  async function ask(
    metric: VmMetric,
    { exporter, expression }: Source,
    namespace: string,
    vmis: readonly VirtualMachineInstance[],
  ): Promise<Result<Asked, MetricError>> {
    const matchers = [...options.matchers, equals(labels.namespace, namespace)];
    const interval = await options.scrapeIntervalOf(exporter, matchers);
    if (!interval.ok) return interval;
    const intervalMs = interval.value;
    const windowOf = windowsFor(metric, intervalMs, options);
    const windows = [...new Set(vmis.flatMap((vmi) => windowOf(vmi) ?? []))];
    const rate = { intervalMs: intervalMs ?? assumedIntervalMs };
    const [seen, ...values] = await Promise.all([
      snapshots(plan(lastSeen(exporter, { labels, matchers }))),
      ...windows.map((windowMs) => snapshots(plan(expression({ labels, matchers, rate: { ...rate, windowMs } })))),
    ]);
    if (!seen.ok) return seen;
    const byWindow = new Map<number, Snapshot>();
    for (const [index, value] of values.entries()) {
      if (!value.ok) return value;
      byWindow.set(windows[index] ?? 0, value.value);
    }
    return ok({ exporter, seen: seen.value, values: (vmi) => byWindow.get(windowOf(vmi) ?? NaN), intervalMs });
  }

  async function past(
    intervals: ReadonlyMap<Exporter, number | undefined>,
    namespace: string,
    names: readonly string[],
    sinceMs: number,
  ): Promise<Result<ReadonlyMap<string, number>, MetricError>> {
    const named = names.length > maxNames ? [] : [oneOf(labels.name, names.toSorted())];
    const matchers = [...options.matchers, equals(labels.namespace, namespace), ...named];
    const spanMs = spanFor(wallClock() - sinceMs);
    const answers = await Promise.all(
      [...intervals].map(async ([exporter, intervalMs = assumedIntervalMs]) =>
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

  return async (metric, namespace, vmis) => {
    const answers = await Promise.all(metric.sources.map((source) => ask(metric, source, namespace, vmis)));
    const asked: Asked[] = [];
    for (const answer of answers) {
      if (!answer.ok) return fail(answer.error);
      asked.push(answer.value);
    }
    const intervalMs = asked.find((each) => each.intervalMs !== undefined)?.intervalMs;
    const windowMs = metric.kind === "rate" && intervalMs !== undefined ? windowFor(intervalMs, options) : undefined;
    const maxAgeMs = options.maxAgeMs ?? Math.max(2 * minuteMs, 4 * (intervalMs ?? 0));
    const intervals = new Map(asked.map((each) => [each.exporter, each.intervalMs]));
    return ok({
      of: (vmi) => figureOf(asked, vmi, maxAgeMs),
      ...(windowMs === undefined ? {} : { windowMs }),
      maxAgeMs,
      settlingMs: Math.max(2 * minuteMs, (windowMs ?? 0) + 2 * (intervalMs ?? assumedIntervalMs)),
      scrapeIntervalMs: intervalMs ?? assumedIntervalMs,
      lastSeen: (names, sinceMs) => past(intervals, namespace, names, sinceMs),
    });
  };
}

/** A rate is never taken over less than two intervals, whatever is configured. */
function windowFor(intervalMs: number, { windowMs = Math.max(4 * intervalMs, minuteMs) }: FiguresOptions): number {
  return Math.max(windowMs, 2 * intervalMs);
}

/**
 * The window that each virtual machine is asked for. A young one is asked about the time since its guest began to run,
 * less an interval, because before that another instance of its name may have run; undefined below two intervals.
 */
function windowsFor(
  metric: VmMetric,
  intervalMs: number | undefined,
  options: FiguresOptions,
): (vmi: VirtualMachineInstance) => number | undefined {
  if (metric.kind === "gauge") return () => windowFor(intervalMs ?? assumedIntervalMs, options);
  if (intervalMs === undefined) return () => undefined;
  return (vmi) => {
    const ownMs = (Math.floor(ranForMs(vmi, options.wallClock()) / intervalMs) - 1) * intervalMs;
    return ownMs < 2 * intervalMs ? undefined : Math.min(ownMs, windowFor(intervalMs, options));
  };
}

function figureOf(asked: readonly Asked[], vmi: VirtualMachineInstance, maxAgeMs: number): Figure {
  const figures = asked.map(({ seen, values }): Figure => {
    const seconds = seen.valueOf(vmi.namespace, vmi.name);
    if (seconds === undefined) return { state: "unseen" };
    const timestampMs = seconds * 1_000;
    const ageMs = (seen.timeMs() ?? timestampMs) - timestampMs;
    if (ageMs > maxAgeMs) return { state: "stale", timestampMs, ageMs };
    const value = values(vmi)?.valueOf(vmi.namespace, vmi.name);
    if (value === undefined) return { state: "notReported" };
    return Number.isNaN(value) ? { state: "undefined" } : { state: "reporting", value, timestampMs, ageMs };
  });
  const [best = { state: "unseen" } as const] = figures.toSorted((a, b) => order[a.state] - order[b.state]);
  return best;
}

/** The sort is stable: of two sources that are equally good the first one counts. */
const order: Readonly<Record<Figure["state"], number>> = {
  reporting: 0,
  undefined: 1,
  notReported: 2,
  stale: 3,
  unseen: 4,
};

/** Rounded up to one of few spans, so that the question stays the same for a while. */
function spanFor(ageMs: number): number {
  const spans = [10, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60].map((minutes) => minutes * minuteMs);
  return spans.find((span) => span >= ageMs) ?? 30 * 24 * 60 * minuteMs;
}
