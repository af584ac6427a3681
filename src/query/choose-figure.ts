import { isRate, type Source, type VmMetric } from "../vm/catalogue/vm-metric.ts";
import { type EphemeralMode, ephemeralFigure } from "../vm/ephemeral.ts";
import type { Exporter } from "../vm/exporter.ts";
import { type Figure, startOf } from "../vm/member.ts";
import { migratingSince } from "../vm/migrating-since.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import type { Values } from "./ask-each.ts";
import type { RecordDecision } from "./decision.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Spans } from "./spans.ts";

/** When an exporter saw each virtual machine of late, in seconds. */
export interface Sight {
  readonly exporter: Exporter;
  readonly seen: Snapshot;
  readonly spans: Spans;
  /** Whether the scrape interval was measured. */
  readonly measured: boolean;
}

/** What a source says. */
export interface Voice {
  readonly source: Source;
  readonly sight: Sight;
  readonly values: Values;
}

/** What figures are of, and how they are judged. */
export interface Meaning {
  readonly metric: VmMetric;
  readonly ephemeral: EphemeralMode;
  /** By Prometheus' clock, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * The figure of a virtual machine: what the best of the sources says; of one that none of them sees, how long ago that was,
 * as far as it is known.
 */
export function chooseFigure(
  vmi: VirtualMachineInstance,
  meaning: Meaning,
  voices: readonly Voice[],
  past: readonly Sight[],
  record: RecordDecision,
): Figure {
  const { metric, ephemeral, nowMs } = meaning;
  const { namespace, name } = vmi;
  const said = voices.map((voice) => ({ voice, figure: figureFrom(voice, vmi, meaning) }));
  const best = freshest(said) ?? said.toSorted((a, b) => order[a.figure.state] - order[b.figure.state])[0];
  const isSeen = best !== undefined && best.figure.state !== "unseen";
  const sample = isSeen ? best.figure : figureOfPast(vmi, past);
  const figure = metric.ephemeral === true ? ephemeralFigure(vmi, sample, ephemeral, nowMs) : sample;
  record({ at: "source", namespace, name, ...(isSeen ? { source: nameOf(best.voice.source) } : {}), figure });
  return figure;
}

/** What a source is called where it is shown: what is read, and who writes it so. */
function nameOf({ series, versions }: Source): string {
  return `${series} (${versions})`;
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
  return said.find(({ voice, figure }) => isAsNew(figure, voice.sight, newestMs));
}

/**
 * Whether a source says something of a virtual machine that nothing can come before which an exporter says that sees it: a
 * source of that exporter with a lower preference, and without times of its own, need not be asked.
 */
export function isSettled(vmi: VirtualMachineInstance, meaning: Meaning, voice: Voice, { seen }: Sight): boolean {
  const seconds = seen.valueOf(vmi.namespace, vmi.name);
  return seconds !== undefined && isAsNew(figureFrom(voice, vmi, meaning), voice.sight, seconds * 1_000);
}

/** One of two scrapes may fail. */
function isAsNew(figure: Figure, { spans }: Sight, newestMs: number): boolean {
  return figure.state === "reporting" && figure.timestampMs >= newestMs - 2 * spans.intervalMs;
}

/** The sort is stable: of two sources that are equally good the first one counts. */
const order: Readonly<Record<Figure["state"], number>> = {
  reporting: 0,
  undefined: 1,
  idle: 2,
  notReported: 3,
  stale: 4,
  unseen: 5,
};

/** What one source says of a virtual machine. */
function figureFrom(
  { source, sight: { seen, spans }, values }: Voice,
  vmi: VirtualMachineInstance,
  { metric, ephemeral }: Meaning,
): Figure {
  const seenSeconds = seen.valueOf(vmi.namespace, vmi.name);
  const nowMs = seen.timeMs();
  if (seenSeconds === undefined || nowMs === undefined) return { state: "unseen" };
  const hasTimes = source.time !== undefined;
  const { snapshot, spanMs } = (hasTimes ? values(vmi) : ownValues(values(vmi), vmi, metric)) ?? {};
  const value = snapshot?.valueOf(vmi.namespace, vmi.name);
  const seconds = hasTimes ? snapshot?.takenAt(vmi.namespace, vmi.name) : seenSeconds;
  if (seconds === undefined) return { state: "notReported" };
  // A value that was asked for earlier than the time it was last seen is as old as the asking.
  const timestampMs = Math.min(seconds * 1_000, snapshot?.evaluatedAtMs ?? Infinity);
  const ageMs = nowMs - timestampMs;
  const { maxAgeMs, intervalMs } = spans;
  const lasts = metric.ephemeral === true && ephemeral.mode === "keepLast";
  // It is seen, and this is of an earlier migration: nothing of the one that runs has come yet.
  if (hasTimes && metric.ephemeral === true && !lasts && timestampMs < (migratingSince(vmi) ?? 0)) {
    return { state: "notReported" };
  }
  if (ageMs > maxAgeMs && !lasts) return { state: "stale", timestampMs, ageMs, maxAgeMs };
  // A rate can end before its samples are too old, and then it was there: this is no virtual machine that has just begun.
  if (value === undefined && ageMs > 2 * intervalMs) {
    return { state: "stale", timestampMs, ageMs, maxAgeMs: 2 * intervalMs };
  }
  if (value === undefined) return { state: "notReported" };
  if (Number.isNaN(value)) return { state: "undefined" };
  const window = isRate(metric) && spanMs !== undefined ? { windowMs: spanMs } : {};
  return { state: "reporting", value, timestampMs, ageMs, ...window };
}

/** The values, unless they were asked for when their span reached back to an earlier instance of the name. */
function ownValues(values: ReturnType<Values>, vmi: VirtualMachineInstance, metric: VmMetric): ReturnType<Values> {
  const fromMs = (values?.snapshot.evaluatedAtMs ?? Infinity) - (values?.spanMs ?? 0);
  return fromMs < (isRate(metric) ? startOf(vmi) : vmi.createdAtMs) ? undefined : values;
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
