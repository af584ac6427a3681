import type { MetricError } from "../naming/metric-error.ts";
import { equals, type Matcher, oneOf, type PromQL } from "../promql/expression.ts";
import { ok, type Result } from "../result.ts";
import type { Exporter, SeriesLabels, Source, VmMetric } from "../vm/catalogue/vm-metric.ts";
import { lastSeen, lastSeenWithinAnHour } from "../vm/heartbeat.ts";
import { type Figure, hasStarted, type Moment, startOf } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import { askEach, type Values } from "./ask-each.ts";
import type { RecordDecision } from "./decision.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";
import type { GetSnapshot, Snapshot } from "./snapshot.ts";
import { reachOf, type SpanOptions, type Spans, spansFor, windowOf } from "./spans.ts";

/** What is known of a metric of some virtual machines of one namespace now. */
export interface Figures extends Moment {
  /** The figure of one of the virtual machines that were asked about. */
  readonly of: (vmi: VirtualMachineInstance) => Figure;
  /** The window of a rate in milliseconds; absent for a gauge and while the scrape interval is not known. */
  readonly windowMs?: number;
}

/** Asks for all that is known of a metric of virtual machines of a namespace. */
export type GetFigures = (
  metric: VmMetric,
  namespace: string,
  vmis: readonly VirtualMachineInstance[],
  record: RecordDecision,
) => Promise<Result<Figures, MetricError>>;

export interface FiguresOptions extends SpanOptions {
  readonly snapshots: GetSnapshot;
  readonly scrapeIntervalOf: ScrapeIntervalOf;
  readonly labels: SeriesLabels;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly matchers: readonly Matcher[];
  /** Wall clock, in milliseconds since the Unix epoch; counts only until Prometheus has said what time it is. */
  readonly wallClock: () => number;
}

/** What is asked about, and how. */
interface Question {
  readonly metric: VmMetric;
  readonly namespace: string;
  readonly vmis: readonly VirtualMachineInstance[];
  /** Selects the namespace. */
  readonly matchers: readonly Matcher[];
  readonly get: (expr: PromQL, spans: Spans) => Promise<Result<Snapshot, MetricError>>;
  readonly record: RecordDecision;
}

/** When an exporter saw each virtual machine of late, in seconds. */
interface Sight {
  readonly exporter: Exporter;
  readonly seen: Snapshot;
  readonly spans: Spans;
  /** Whether the scrape interval was measured. */
  readonly measured: boolean;
}

/** What a source says. */
interface Voice {
  readonly source: Source;
  readonly sight: Sight;
  readonly values: Values;
}

/** Longer ones make a question that proxies do not let through; the whole namespace is asked for instead. */
const maxNamesLength = 2_000;

/**
 * Asks in three steps, each of which says what the next one needs to ask: when the exporters saw each virtual machine of
 * late; what the sources say of those that were seen; when the others were last seen, if ever.
 */
export function createFigures(options: FiguresOptions): GetFigures {
  const { snapshots, labels, wallClock } = options;

  return async (metric, namespace, vmis, record) => {
    const question: Question = {
      metric,
      namespace,
      vmis,
      matchers: [...options.matchers, equals(labels.namespace, namespace)],
      get: async (expr, { intervalMs }) =>
        snapshots({ expr, namespaceLabel: labels.namespace, nameLabel: labels.name, intervalMs }, record),
      record,
    };
    const sights = await all(exportersOf(metric), async (exporter) => look(exporter, question));
    if (!sights.ok) return sights;
    const nowMs = firstOf(sights.value.map(({ seen }) => seen.timeMs())) ?? wallClock();

    const voices = await all(withSights(metric, sights.value), async ({ source, sight }) =>
      listen(source, sight, question),
    );
    if (!voices.ok) return voices;
    const past = await lookBack(sights.value, question);
    if (!past.ok) return past;

    const { spans, measured } = sights.value.find((sight) => sight.measured) ?? unmeasured(options);
    return ok({
      of: (vmi) => figureOf(vmi, metric.kind, voices.value, past.value, record),
      nowMs,
      ...(metric.kind === "rate" && measured ? { windowMs: spans.windowMs } : {}),
      settlingMs: spans.settlingMs[metric.kind],
      scrapeIntervalMs: spans.intervalMs,
    });
  };

  async function look(exporter: Exporter, question: Question): Promise<Result<Sight, MetricError>> {
    const { namespace, matchers, get, record } = question;
    const interval = await options.scrapeIntervalOf(exporter, matchers);
    if (!interval.ok) return interval;
    const measured = interval.value !== undefined;
    record({ at: "interval", exporter: exporter.name, namespace, ...(measured ? { intervalMs: interval.value } : {}) });
    const spans = spansFor(interval.value, options);
    const seen = await get(lastSeen(exporter, { labels, matchers }, { ...spans, spanMs: spans.maxAgeMs }), spans);
    return seen.ok ? ok({ exporter, seen: seen.value, spans, measured }) : seen;
  }

  async function listen(source: Source, sight: Sight, question: Question): Promise<Result<Voice, MetricError>> {
    const { metric, namespace, vmis } = question;
    const seen = vmis.filter(({ name }) => sight.seen.valueOf(namespace, name) !== undefined);
    const values =
      metric.kind === "gauge"
        ? await askGauge(source, sight, seen, question)
        : await askRate(source, sight, seen, question);
    return values.ok ? ok({ source, sight, values: values.value }) : values;
  }

  async function askGauge(
    { expression }: Source,
    { seen, spans }: Sight,
    vmis: readonly VirtualMachineInstance[],
    { namespace, matchers, get }: Question,
  ): Promise<Result<Values, MetricError>> {
    const nowMs = askedAt(seen);
    function reach(vmi: VirtualMachineInstance): number | undefined {
      return reachOf(vmi, (seen.valueOf(namespace, vmi.name) ?? NaN) * 1_000, spans, nowMs);
    }
    return askEach(vmis, reach, async (maxAgeMs) =>
      get(expression({ labels, matchers, rate: spans, maxAgeMs }), spans),
    );
  }

  /**
   * Asks for rates, and for those that have none over twice the window. Between the nodes of a live migration scrapes can
   * miss a virtual machine for most of two intervals, and KubeVirt changes its labels before: less than two intervals of the
   * window may be left. Something must be known of that, though: a counter that ended is not to be heard of for longer.
   */
  async function askRate(
    { expression }: Source,
    { seen, spans, measured }: Sight,
    vmis: readonly VirtualMachineInstance[],
    { matchers, get }: Question,
  ): Promise<Result<Values, MetricError>> {
    const nowMs = askedAt(seen);
    if (!measured) return ok(() => undefined);
    const { intervalMs, maxAgeMs } = spans;
    async function ask(windowMs: number, recentMs: number): Promise<Result<Snapshot, MetricError>> {
      return get(expression({ labels, matchers, rate: { intervalMs, windowMs, recentMs }, maxAgeMs }), spans);
    }
    const values = await askEach(
      vmis,
      (vmi) => windowOf(vmi, spans, nowMs),
      async (windowMs) => ask(windowMs, windowMs),
    );
    if (!values.ok) return values;

    const wide = { ...spans, windowMs: 2 * spans.windowMs };
    const without = new Set(
      vmis.filter((vmi) => {
        const known = values.value(vmi);
        const isOld = (windowOf(vmi, wide, nowMs) ?? 0) > (known?.spanMs ?? 0);
        return isOld && known?.spanMs === spans.windowMs && !hasValue(known.snapshot, vmi);
      }),
    );
    const further = await askEach(
      [...without],
      (vmi) => windowOf(vmi, wide, nowMs),
      async (windowMs) => ask(windowMs, Math.max(spans.windowMs, 4 * intervalMs)),
    );
    return further.ok ? ok((vmi) => (without.has(vmi) ? further : values).value(vmi)) : further;
  }

  /**
   * The time that spans are counted from. While Prometheus fails it stands still, as does what was seen: a question that
   * changed with the time would not be one that has been answered before.
   */
  function askedAt(seen: Snapshot): number {
    return seen.evaluatedAtMs ?? wallClock();
  }

  /** Only the past can tell whether a virtual machine that is not seen is starting or has fallen silent. */
  async function lookBack(
    sights: readonly Sight[],
    { namespace, vmis, get, ...question }: Question,
  ): Promise<Result<readonly Sight[], MetricError>> {
    const missing = vmis.filter(
      (vmi) => hasStarted(vmi) && sights.every(({ seen }) => seen.valueOf(namespace, vmi.name) === undefined),
    );
    if (missing.length === 0) return ok([]);
    const names = missing.map(({ name }) => name).toSorted();
    const isShort = names.join("|").length <= maxNamesLength;
    const matchers = [...question.matchers, ...(isShort ? [oneOf(labels.name, names)] : [])];
    return all(sights, async (sight) => {
      const { exporter, spans } = sight;
      const seen = await get(lastSeenWithinAnHour(exporter, { labels, matchers }, spans.intervalMs), spans);
      return seen.ok ? ok({ ...sight, seen: seen.value }) : seen;
    });
  }
}

function exportersOf({ sources }: VmMetric): readonly Exporter[] {
  return [...new Set(sources.map(({ exporter }) => exporter))];
}

function withSights({ sources }: VmMetric, sights: readonly Sight[]) {
  return sources.flatMap((source) =>
    sights.flatMap((sight) => (sight.exporter === source.exporter ? { source, sight } : [])),
  );
}

function unmeasured(options: SpanOptions): Pick<Sight, "spans" | "measured"> {
  return { spans: spansFor(undefined, options), measured: false };
}

function figureOf(
  vmi: VirtualMachineInstance,
  kind: VmMetric["kind"],
  voices: readonly Voice[],
  past: readonly Sight[],
  record: RecordDecision,
): Figure {
  const { namespace, name } = vmi;
  const said = voices.map((voice) => ({ voice, figure: figureFrom(voice, vmi, kind) }));
  const best = freshest(said) ?? said.toSorted((a, b) => order[a.figure.state] - order[b.figure.state])[0];
  if (best === undefined || best.figure.state === "unseen") {
    const figure = figureOfPast(vmi, past);
    record({ at: "source", namespace, name, figure });
    return figure;
  }
  record({ at: "source", namespace, name, source: best.voice.source.name, figure: best.figure });
  return best.figure;
}

interface Said {
  readonly voice: Voice;
  readonly figure: Figure;
}

/**
 * The first source in the order of preference whose figure is as new as any. After an upgrade was rolled back, the newer
 * name has a figure for a while, and the older one has the truth.
 */
function freshest(said: readonly Said[]): Said | undefined {
  const times = said.map(({ figure }) => (figure.state === "reporting" ? figure.timestampMs : -Infinity));
  const newestMs = Math.max(...times);
  return said.find(({ voice, figure }, index) => {
    const slackMs = 2 * voice.sight.spans.intervalMs;
    return figure.state === "reporting" && (times[index] ?? -Infinity) >= newestMs - slackMs;
  });
}

/** The sort is stable: of two sources that are equally good the first one counts. */
const order: Readonly<Record<Figure["state"], number>> = {
  reporting: 0,
  undefined: 1,
  notReported: 2,
  stale: 3,
  unseen: 4,
};

/** What one source says of a virtual machine. */
function figureFrom(
  { sight: { seen, spans }, values }: Voice,
  vmi: VirtualMachineInstance,
  kind: VmMetric["kind"],
): Figure {
  const seconds = seen.valueOf(vmi.namespace, vmi.name);
  const nowMs = seen.timeMs();
  if (seconds === undefined || nowMs === undefined) return { state: "unseen" };
  const { snapshot, spanMs } = ownValues(values(vmi), vmi, kind) ?? {};
  // A value that was asked for earlier than the time it was last seen is as old as the asking.
  const timestampMs = Math.min(seconds * 1_000, snapshot?.evaluatedAtMs ?? Infinity);
  const ageMs = nowMs - timestampMs;
  const { maxAgeMs, intervalMs } = spans;
  if (ageMs > maxAgeMs) return { state: "stale", timestampMs, ageMs, maxAgeMs };
  const value = snapshot?.valueOf(vmi.namespace, vmi.name);
  // A rate can end before its samples are too old, and then it was there: this is no virtual machine that has just begun.
  if (value === undefined && ageMs > 2 * intervalMs) {
    return { state: "stale", timestampMs, ageMs, maxAgeMs: 2 * intervalMs };
  }
  if (value === undefined) return { state: "notReported" };
  if (Number.isNaN(value)) return { state: "undefined" };
  return {
    state: "reporting",
    value,
    timestampMs,
    ageMs,
    ...(kind === "rate" && spanMs !== undefined ? { windowMs: spanMs } : {}),
  };
}

/** The values, unless they were asked for when their span reached back to an earlier instance of the name. */
function ownValues(
  values: ReturnType<Values>,
  vmi: VirtualMachineInstance,
  kind: VmMetric["kind"],
): ReturnType<Values> {
  const fromMs = (values?.snapshot.evaluatedAtMs ?? Infinity) - (values?.spanMs ?? 0);
  return fromMs < (kind === "rate" ? startOf(vmi) : vmi.createdAtMs) ? undefined : values;
}

function hasValue(snapshot: Snapshot, { namespace, name }: VirtualMachineInstance): boolean {
  return snapshot.valueOf(namespace, name) !== undefined;
}

function figureOfPast({ namespace, name }: VirtualMachineInstance, past: readonly Sight[]): Figure {
  const figures = past.flatMap(({ seen, spans: { maxAgeMs } }): Figure[] => {
    const [seconds, nowMs] = [seen.valueOf(namespace, name), seen.timeMs()];
    if (seconds === undefined || nowMs === undefined) return [];
    const timestampMs = seconds * 1_000;
    return [{ state: "stale", timestampMs, ageMs: nowMs - timestampMs, maxAgeMs }];
  });
  const [newest = { state: "unseen" } as const] = figures.toSorted((a, b) => ageOf(a) - ageOf(b));
  return newest;
}

function ageOf(figure: Figure): number {
  return figure.state === "stale" ? figure.ageMs : Infinity;
}

function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
