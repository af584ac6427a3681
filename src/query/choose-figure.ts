import type { Exporter, Source, VmMetric } from "../vm/catalogue/vm-metric.ts";
import { type Figure, startOf } from "../vm/member.ts";
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

/**
 * The figure of a virtual machine: what the best of the sources says; of one that none of them sees, how long ago that was,
 * as far as it is known.
 */
export function chooseFigure(
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
