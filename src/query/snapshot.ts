import type { MetricError } from "../naming/metric-error.ts";
import { type Identifier, known, labelReplace, type PromQL, promql } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { RecordDecision } from "./decision.ts";
import type { Series } from "./prometheus.ts";

/** The answer to one expression at one instant, immutable and shared by every request that needs it. */
export interface Snapshot {
  /** The value of a virtual machine, NaN for a quotient by 0; undefined when there is none. */
  readonly valueOf: (namespace: string, name: string) => number | undefined;
  /** When the value was taken, in seconds since the Unix epoch; undefined unless the expression asked for it. */
  readonly takenAt: (namespace: string, name: string) => number | undefined;
  /**
   * When it was evaluated by Prometheus' clock, in milliseconds since the Unix epoch. An empty answer does not say it: then
   * it is worked out from the last answer that did, and undefined before there was one.
   */
  readonly evaluatedAtMs: number | undefined;
  /**
   * The time by Prometheus' clock: that of the evaluation plus what has passed by the adapter's monotonic clock since the
   * question left, so that no age reads less than it is. Undefined as `evaluatedAtMs` is.
   */
  readonly timeMs: () => number | undefined;
}

/** An expression whose samples are each about one virtual machine, and the labels that say which. */
export interface Plan {
  readonly expr: PromQL;
  readonly namespaceLabel: string;
  readonly nameLabel: string;
  /** How often what it reads is scraped, in milliseconds; absent while that is not known. */
  readonly intervalMs?: number;
}

/**
 * Gets the latest answer to a plan, or why there is none; `record` is told where it came from. Each call counts as another
 * request that uses the answer, so one request asks for a plan once.
 */
export type GetSnapshot = (plan: Plan, record?: RecordDecision) => Promise<Result<Snapshot, MetricError>>;

/** When an answer was taken. */
export interface Evaluation {
  /** By the monotonic clock, in milliseconds. */
  readonly askedMs: number;
  readonly evaluatedAtMs: number | undefined;
}

/** Marks the samples of an answer that are the times of others. */
const timeLabel = known("sample_time");

/** One expression for values and the times at which they were taken, so that no value is ever told the time of another. */
export function withTimes(values: PromQL, times: PromQL, anyLabel: Identifier): PromQL {
  return promql`(${values}) or (${labelReplace(times, timeLabel, "true", anyLabel, ".*")})`;
}

/** Sorts an answer by virtual machine. Refuses one with two samples for the same. */
export function toSnapshot(
  { namespaceLabel, nameLabel }: Plan,
  answer: readonly Series[],
  { askedMs, evaluatedAtMs }: Evaluation,
  now: () => number,
): Result<Snapshot, MetricError> {
  const values = new Map<string, Map<string, number>>();
  const times: typeof values = new Map();
  for (const { labels, points } of answer) {
    const namespace = labels[namespaceLabel] ?? "";
    const name = labels[nameLabel] ?? "";
    const part = labels[timeLabel] === undefined ? values : times;
    const names = part.get(namespace) ?? new Map<string, number>();
    if (names.has(name)) return fail({ kind: "backendRejected", detail: `two samples for ${namespace}/${name}` });
    part.set(namespace, names.set(name, points.at(-1)?.value ?? NaN));
  }
  return ok({
    valueOf: (namespace, name) => {
      const value = values.get(namespace)?.get(name);
      return value === undefined || Number.isFinite(value) ? value : NaN;
    },
    takenAt: (namespace, name) => finite(times.get(namespace)?.get(name)),
    evaluatedAtMs,
    timeMs: () => (evaluatedAtMs === undefined ? undefined : evaluatedAtMs + now() - askedMs),
  });
}

/** The same answer where its values are times: what is not finite is no time, and so nothing was seen. */
export function ofTimes(snapshot: Snapshot): Snapshot {
  return { ...snapshot, valueOf: (namespace, name) => finite(snapshot.valueOf(namespace, name)) };
}

function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
