import { ranForMs } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";

/** Spans of time that are configured, in milliseconds. */
export interface SpanOptions {
  /** The window of rates; absent means four scrape intervals, at least a minute. */
  readonly windowMs?: number;
  /** How old a sample may be; absent means four scrape intervals, at least two minutes. */
  readonly maxAgeMs?: number;
}

/** Spans of time that follow from how often an exporter is scraped, in milliseconds. */
export interface Spans {
  /** The scrape interval as measured; a minute while too few samples are there to say. */
  readonly intervalMs: number;
  /** Over which rates are taken: never less than two intervals, whatever is configured. */
  readonly windowMs: number;
  /** The age from which a sample does not count. */
  readonly maxAgeMs: number;
  /** How long after its start a virtual machine may be without a figure: a guest takes time to speak for itself. */
  readonly settlingMs: { readonly rate: number; readonly gauge: number };
}

const minuteMs = 60_000;

/** Derives the spans of an exporter from its scrape interval; undefined while that is not known. */
export function spansFor(measuredMs: number | undefined, options: SpanOptions): Spans {
  const intervalMs = measuredMs ?? minuteMs;
  const windowMs = Math.max(options.windowMs ?? Math.max(4 * intervalMs, minuteMs), 2 * intervalMs);
  const maxAgeMs = options.maxAgeMs ?? Math.max(4 * (measuredMs ?? 0), 2 * minuteMs);
  return {
    intervalMs,
    windowMs,
    maxAgeMs: Math.max(maxAgeMs, 2 * (measuredMs ?? 0)),
    settlingMs: { rate: windowMs + 2 * intervalMs, gauge: 2 * minuteMs + 2 * intervalMs },
  };
}

/** The windows of young virtual machines, in scrape intervals: few, because each is a question of its own. */
const youngWindows = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/**
 * The window over which a virtual machine's rate is asked for. A young one is asked about the time since its guest began to
 * run, less an interval, because before that another instance of its name may have run; undefined below two intervals.
 */
export function windowOf(
  vmi: VirtualMachineInstance,
  { intervalMs, windowMs }: Spans,
  nowMs: number,
): number | undefined {
  const ownIntervals = Math.floor(ranForMs(vmi, nowMs) / intervalMs) - 1;
  if (ownIntervals * intervalMs >= windowMs) return windowMs;
  const intervals = youngWindows.findLast((each) => each <= ownIntervals);
  return intervals === undefined ? undefined : Math.min(intervals * intervalMs, windowMs);
}

/**
 * How far back the samples of a virtual machine's gauge may lie. Two intervals, or a little more than the time since it
 * was last seen: a series that ended while others of it go on is not its state. Never from before its instance was
 * created, when another one may have had its name; undefined below one interval.
 */
export function reachOf(
  { createdAtMs }: VirtualMachineInstance,
  seenMs: number,
  { intervalMs, maxAgeMs }: Spans,
  nowMs: number,
): number | undefined {
  const ownMs = Math.floor((nowMs - createdAtMs) / intervalMs) * intervalMs;
  if (ownMs < intervalMs) return undefined;
  const sinceSeenMs = Math.ceil((nowMs - seenMs) / intervalMs) * intervalMs;
  return Math.min(Math.max(2 * intervalMs, sinceSeenMs + intervalMs), maxAgeMs, ownMs);
}

/** Farther back an earlier migration's last sample is not looked for while another one has none yet: that costs too much. */
const reachOfEarlierMs = 7 * 24 * 60 * minuteMs;

/**
 * Up to twice the time since a virtual machine's newest migration began, so that few questions serve all: its last sample
 * is of that one. While one runs, the last sample may be of an earlier one, and then the time since its creation counts,
 * up to a week.
 */
export function reachOfLast(
  { createdAtMs, migration }: VirtualMachineInstance,
  { maxAgeMs }: Spans,
  nowMs: number,
): number {
  if (migration?.startedAtMs === undefined) return maxAgeMs;
  const isRunning = migration.endedAtMs === undefined;
  const sinceMs = isRunning ? Math.max(createdAtMs, nowMs - reachOfEarlierMs) : migration.startedAtMs;
  const doublings = Math.ceil(Math.log2(Math.max(1, (nowMs - sinceMs) / maxAgeMs)));
  return maxAgeMs * 2 ** doublings;
}
