import type { MetricError } from "../naming/metric-error.ts";
import type { Matcher, PromQL } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import { type DeviceCondition, isRate, type Scope, type Source, type VmMetric } from "../vm/catalogue/vm-metric.ts";
import type { EphemeralMode } from "../vm/ephemeral.ts";
import type { Exporter } from "../vm/exporter.ts";
import { lastSeen, lastSeenWithinAnHour } from "../vm/heartbeat.ts";
import { type Figure, hasStarted, type Moment } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import type { SeriesLabels } from "../vm/series-labels.ts";
import { all } from "./all.ts";
import { askSources, type Seat } from "./ask-sources.ts";
import { askGauges, askOwnTimes, askRates } from "./ask-values.ts";
import { chooseFigure, type Sight, type Voice } from "./choose-figure.ts";
import type { RecordDecision } from "./decision.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";
import { type GetSnapshot, ofTimes, type Snapshot, withTimes } from "./snapshot.ts";
import { type SpanOptions, type Spans, spansFor } from "./spans.ts";

/** A metric as it is asked for. */
export interface Measurement {
  readonly metric: VmMetric;
  /** Which of a virtual machine's devices the figure is of; empty for all. */
  readonly devices: readonly DeviceCondition[];
}

/** What is known of a metric of some virtual machines of one namespace now. */
export interface Figures extends Moment {
  /** The figure of one of the virtual machines that were asked about. */
  readonly of: (vmi: VirtualMachineInstance) => Figure;
  /** The window of a rate in milliseconds; absent for a gauge and while the scrape interval is not known. */
  readonly windowMs?: number;
}

/** Asks for all that is known of a metric of virtual machines of a namespace. After `signal` no further question leaves. */
export type GetFigures = (
  measurement: Measurement,
  namespace: string,
  vmis: readonly VirtualMachineInstance[],
  record: RecordDecision,
  signal?: AbortSignal,
) => Promise<Result<Figures, MetricError>>;

export interface FiguresOptions extends SpanOptions {
  readonly snapshots: GetSnapshot;
  readonly scrapeIntervalOf: ScrapeIntervalOf;
  readonly labels: SeriesLabels;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly matchers: readonly Matcher[];
  /** What an ephemeral metric says of a virtual machine that does not migrate. */
  readonly ephemeralModeOf: (metric: VmMetric) => EphemeralMode;
  /** Wall clock, in milliseconds since the Unix epoch; counts only until Prometheus has said what time it is. */
  readonly wallClock: () => number;
}

/** What is asked about, and how. */
interface Question extends Measurement {
  readonly namespace: string;
  readonly vmis: readonly VirtualMachineInstance[];
  /** Selects an exporter's series of the namespace, or of these only those about some names. */
  readonly matchersFor: (exporter: Exporter, names?: readonly string[]) => readonly Matcher[];
  readonly get: (expr: PromQL, spans: Spans) => Promise<Result<Snapshot, MetricError>>;
  readonly record: RecordDecision;
}

/** Longer ones make a question that proxies do not let through; the whole namespace is asked for instead. */
const maxNamesLength = 2_000;

/**
 * Asks in three steps, each of which says what the next one needs to ask: when the exporters saw each virtual machine of
 * late; what the sources say of those that were seen; when the others were last seen, if ever.
 */
export function createFigures(options: FiguresOptions): GetFigures {
  const { snapshots, labels, wallClock } = options;

  return async (measurement, namespace, vmis, record, signal) => {
    const { metric } = measurement;
    const question: Question = {
      ...measurement,
      namespace,
      vmis,
      matchersFor: ({ identity }, names) => [...options.matchers, ...identity.select(labels, namespace, names)],
      get: async (expr, { intervalMs }) => {
        if (signal?.aborted === true) return fail({ kind: "timedOut" });
        return snapshots({ expr, namespaceLabel: labels.namespace, nameLabel: labels.name, intervalMs }, record);
      },
      record,
    };
    const sights = await all(exportersOf(metric), async (exporter) => look(exporter, question));
    if (!sights.ok) return sights;
    const nowMs = firstOf(sights.value.map(({ seen }) => seen.timeMs())) ?? wallClock();

    const meaning = { metric, ephemeral: options.ephemeralModeOf(metric), nowMs };
    const voices = await askSources(withSights(measurement, sights.value), vmis, meaning, async (seat, those) =>
      listen(seat, { ...question, vmis: those }),
    );
    if (!voices.ok) return voices;
    const past = await lookBack(sights.value, question);
    if (!past.ok) return past;

    const { spans, measured } = sights.value.find((sight) => sight.measured) ?? unmeasured(options);
    return ok({
      of: (vmi) => chooseFigure(vmi, meaning, voices.value, past.value, record),
      nowMs,
      ...(isRate(metric) && measured ? { windowMs: spans.windowMs } : {}),
      settlingMs: spans.settlingMs[isRate(metric) ? "rate" : "gauge"],
      scrapeIntervalMs: spans.intervalMs,
      ephemeral: metric.ephemeral === true,
    });
  };

  async function look(exporter: Exporter, question: Question): Promise<Result<Sight, MetricError>> {
    const { namespace, get, record } = question;
    const matchers = question.matchersFor(exporter);
    const interval = await options.scrapeIntervalOf(exporter, matchers);
    if (!interval.ok) return interval;
    const measured = interval.value !== undefined;
    record({ at: "interval", exporter: exporter.name, namespace, ...(measured ? { intervalMs: interval.value } : {}) });
    const spans = spansFor(interval.value, options);
    const seen = await get(
      lastSeen(exporter, { labels, cluster: options.matchers, matchers }, { ...spans, spanMs: spans.maxAgeMs }),
      spans,
    );
    return seen.ok ? ok({ exporter, seen: ofTimes(seen.value), spans, measured }) : seen;
  }

  async function listen({ source, sight }: Seat, question: Question): Promise<Result<Voice, MetricError>> {
    const { metric, namespace, vmis, get } = question;
    const { seen, spans } = sight;
    const those = vmis.filter(({ name }) => seen.valueOf(namespace, name) !== undefined);
    // While Prometheus fails this stands still, as does what was seen: a question that changed with the time would not be
    // one that has been answered before.
    const nowMs = seen.evaluatedAtMs ?? wallClock();
    const keepsLast = metric.ephemeral === true && options.ephemeralModeOf(metric).mode === "keepLast";
    async function ask(span: Pick<Scope, "rate" | "maxAgeMs">) {
      return get(expressionOf(source, question, span), spans);
    }
    const values =
      source.time !== undefined
        ? await askOwnTimes(those, { spans, keepsLast, nowMs }, ask)
        : await (isRate(metric) ? askRates : askGauges)(those, sight, nowMs, ask);
    return values.ok ? ok({ source, sight, values: values.value }) : values;
  }

  function expressionOf(
    { exporter, expression, time }: Source,
    { devices, matchersFor }: Question,
    span: Pick<Scope, "rate" | "maxAgeMs">,
  ): PromQL {
    const { identity } = exporter;
    const [subject, place] = [identity.subject(labels), identity.place(labels)];
    const matchers = matchersFor(exporter);
    const scope = { labels, subject, place, cluster: options.matchers, matchers, devices, ...span };
    const values = identity.named(labels, expression(scope));
    return time === undefined ? values : withTimes(values, identity.named(labels, time(scope)), labels.name);
  }

  /** Only the past can tell whether a virtual machine that is not seen is starting or has fallen silent. */
  async function lookBack(
    sights: readonly Sight[],
    { namespace, vmis, get, matchersFor }: Question,
  ): Promise<Result<readonly Sight[], MetricError>> {
    const missing = vmis.filter(
      (vmi) => hasStarted(vmi) && sights.every(({ seen }) => seen.valueOf(namespace, vmi.name) === undefined),
    );
    if (missing.length === 0) return ok([]);
    const names = missing.map(({ name }) => name).toSorted();
    const isShort = names.join("|").length <= maxNamesLength;
    return all(sights, async (sight) => {
      const { exporter, spans } = sight;
      const matchers = matchersFor(exporter, isShort ? names : undefined);
      const seen = await get(
        lastSeenWithinAnHour(exporter, { labels, cluster: options.matchers, matchers }, spans.intervalMs),
        spans,
      );
      return seen.ok ? ok({ ...sight, seen: ofTimes(seen.value) }) : seen;
    });
  }
}

function exportersOf({ sources }: VmMetric): readonly Exporter[] {
  return [...new Set(sources.map(({ exporter }) => exporter))];
}

/** The sources that can be asked. One that names devices in its own way cannot say whose they are. */
function withSights({ metric, devices }: Measurement, sights: readonly Sight[]): readonly Seat[] {
  const sources = metric.sources.filter(({ foreignDevices = false }) => devices.length === 0 || !foreignDevices);
  return sources.flatMap((source) =>
    sights.flatMap((sight) => (sight.exporter === source.exporter ? { source, sight } : [])),
  );
}

function unmeasured(options: SpanOptions): Pick<Sight, "spans" | "measured"> {
  return { spans: spansFor(undefined, options), measured: false };
}

function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
