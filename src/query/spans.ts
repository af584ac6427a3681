import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
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
  readonly settlingMs: Readonly<Record<VmMetric["kind"], number>>;
}

const minuteMs = 60_000;

/** Derives the spans of an exporter from its scrape interval; undefined while that is not known. */
export function spansFor(measuredMs: number | undefined, options: SpanOptions): Spans {
  const intervalMs = measuredMs ?? minuteMs;
  const windowMs = Math.max(options.windowMs ?? Math.max(4 * intervalMs, minuteMs), 2 * intervalMs);
  return {
    intervalMs,
    windowMs,
    maxAgeMs: options.maxAgeMs ?? Math.max(4 * (measuredMs ?? 0), 2 * minuteMs),
    settlingMs: { rate: windowMs + 2 * intervalMs, gauge: 2 * minuteMs + 2 * intervalMs },
  };
}

/**
 * The window over which a virtual machine's rate is asked for. A young one is asked about the time since its guest began to
 * run, less an interval, because before that another instance of its name may have run; undefined below two intervals.
 */
export function windowOf(
  vmi: VirtualMachineInstance,
  { intervalMs, windowMs }: Spans,
  nowMs: number,
): number | undefined {
  const ownMs = (Math.floor(ranForMs(vmi, nowMs) / intervalMs) - 1) * intervalMs;
  return ownMs < 2 * intervalMs ? undefined : Math.min(ownMs, windowMs);
}
