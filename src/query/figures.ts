import type { MetricError } from "../naming/metric-error.ts";
import { equals, type Matcher, oneOf, type PromQL } from "../promql/expression.ts";
import { ok, type Result } from "../result.ts";
import type { Exporter, SeriesLabels, Source, VmMetric } from "../vm/catalogue/vm-metric.ts";
import { lastSeen, lastSeenWithin } from "../vm/heartbeat.ts";
import { type Figure, hasStarted, type Moment } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { RecordDecision } from "./decision.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";
import type { GetSnapshot, Snapshot } from "./snapshot.ts";
import { type SpanOptions, type Spans, spansFor } from "./spans.ts";
import { askRates } from "./windows.ts";

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
  /** What is known of a virtual machine; of a rate with its window, and undefined while it is too young for any. */
  readonly values: (
    vmi: VirtualMachineInstance,
  ) => { readonly windowMs?: number; readonly snapshot: Snapshot } | undefined;
}

/** More names than these make a question longer than proxies let through; the whole namespace is asked for instead. */
const maxNames = 100;

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
      listen(source, sight, question, nowMs),
    );
    if (!voices.ok) return voices;
    const past = await lookBack(sights.value, question, nowMs);
    if (!past.ok) return past;

    const { spans, measured } = sights.value.find((sight) => sight.measured) ?? unmeasured(options);
    return ok({
      of: (vmi) => figureOf(vmi, voices.value, past.value, record),
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

  async function listen(
    source: Source,
    sight: Sight,
    { metric, namespace, vmis, matchers, get }: Question,
    nowMs: number,
  ): Promise<Result<Voice, MetricError>> {
    const { seen, spans, measured } = sight;
    async function ask(windowMs: number): Promise<Result<Snapshot, MetricError>> {
      const rate = { intervalMs: spans.intervalMs, windowMs };
      return get(source.expression({ labels, matchers, rate, maxAgeMs: spans.maxAgeMs }), spans);
    }
    const those = vmis.filter(({ name }) => seen.valueOf(namespace, name) !== undefined);
    if (those.length === 0 || (metric.kind === "rate" && !measured))
      return ok({ source, sight, values: () => undefined });
    if (metric.kind === "rate") {
      const values = await askRates(those, spans, nowMs, ask);
      return values.ok ? ok({ source, sight, values: values.value }) : values;
    }
    const snapshot = await ask(spans.windowMs);
    return snapshot.ok ? ok({ source, sight, values: () => ({ snapshot: snapshot.value }) }) : snapshot;
  }

  /** Only the past can tell whether a virtual machine that is not seen is starting or has fallen silent. */
  async function lookBack(
    sights: readonly Sight[],
    { namespace, vmis, get, ...question }: Question,
    nowMs: number,
  ): Promise<Result<readonly Sight[], MetricError>> {
    const missing = vmis.filter(
      (vmi) => hasStarted(vmi) && sights.every(({ seen }) => seen.valueOf(namespace, vmi.name) === undefined),
    );
    if (missing.length === 0) return ok([]);
    const names = missing.length > maxNames ? [] : [oneOf(labels.name, missing.map(({ name }) => name).toSorted())];
    const matchers = [...question.matchers, ...names];
    const spanMs = roundedUp(nowMs - Math.min(...missing.map(({ createdAtMs }) => createdAtMs)));
    return all(sights, async (sight) => {
      const { exporter, spans } = sight;
      const seen = await get(lastSeenWithin(exporter, { labels, matchers }, { ...spans, spanMs }), spans);
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
  voices: readonly Voice[],
  past: readonly Sight[],
  record: RecordDecision,
): Figure {
  const { namespace, name } = vmi;
  const said = voices.map((voice) => ({ voice, figure: figureFrom(voice, vmi) }));
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
function figureFrom({ sight: { seen, spans }, values }: Voice, vmi: VirtualMachineInstance): Figure {
  const seconds = seen.valueOf(vmi.namespace, vmi.name);
  const nowMs = seen.timeMs();
  if (seconds === undefined || nowMs === undefined) return { state: "unseen" };
  const { snapshot, windowMs } = values(vmi) ?? {};
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
  return { state: "reporting", value, timestampMs, ageMs, ...(windowMs === undefined ? {} : { windowMs }) };
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

/** Rounded up to one of few spans, so that the question stays the same for a while. */
function roundedUp(spanMs: number): number {
  const spans = [10, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60].map((minutes) => minutes * 60_000);
  return spans.find((span) => span >= spanMs) ?? 30 * 24 * 60 * 60_000;
}
