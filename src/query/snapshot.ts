import { createBoundedCache } from "../bounded-cache.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { PromQL } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { QueryInstant, Series } from "./prometheus.ts";

/** The answer to one expression at one instant, immutable and shared by every request that needs it. */
export interface Snapshot {
  /** The value of a virtual machine, NaN for a quotient 0/0; undefined when there is none or when it is infinite. */
  readonly valueOf: (namespace: string, name: string) => number | undefined;
  /**
   * The time by Prometheus' clock: that of the evaluation plus what has passed since by the adapter's monotonic clock,
   * in milliseconds since the Unix epoch. Undefined when nothing was found, for then Prometheus does not say.
   */
  readonly timeMs: () => number | undefined;
}

/** An expression whose samples are each about one virtual machine, and the labels that say which. */
export interface Plan {
  readonly expr: PromQL;
  readonly namespaceLabel: string;
  readonly nameLabel: string;
}

/** Gets the latest answer to a plan. */
export type GetSnapshot = (plan: Plan) => Promise<Result<Snapshot, MetricError>>;

export interface SnapshotOptions {
  readonly query: QueryInstant;
  /** How long an answer is used before Prometheus is asked again, in milliseconds. */
  readonly ttlMs: number;
  readonly maxEntries: number;
  /** Monotonic clock, in milliseconds, never zero. */
  readonly now: () => number;
}

/** Asks Prometheus once for all who want the same at the same time or shortly after. Errors are not remembered. */
export function createSnapshots({ query, ttlMs, maxEntries, now }: SnapshotOptions): GetSnapshot {
  const snapshots = createBoundedCache<PromQL, Snapshot>({ maxEntries, ttlMs, now });
  const flights = new Map<PromQL, Promise<Result<Snapshot, MetricError>>>();

  async function fly(plan: Plan): Promise<Result<Snapshot, MetricError>> {
    try {
      const answer = await query(plan.expr);
      if (!answer.ok) return answer;
      const snapshot = toSnapshot(plan, answer.value, now);
      if (snapshot.ok) snapshots.set(plan.expr, snapshot.value);
      return snapshot;
    } finally {
      flights.delete(plan.expr);
    }
  }

  return (plan) => {
    const remembered = snapshots.get(plan.expr);
    if (remembered !== undefined) return Promise.resolve(ok(remembered));
    const flight = flights.get(plan.expr) ?? fly(plan);
    flights.set(plan.expr, flight);
    return flight;
  };
}

function toSnapshot(plan: Plan, answer: readonly Series[], now: () => number): Result<Snapshot, MetricError> {
  const arrivedMs = now();
  const values = new Map<string, Map<string, number>>();
  for (const { labels, points } of answer) {
    const namespace = labels[plan.namespaceLabel] ?? "";
    const name = labels[plan.nameLabel] ?? "";
    const names = values.get(namespace) ?? new Map<string, number>();
    if (names.has(name)) return fail({ kind: "backendRejected", detail: `two samples for ${namespace}/${name}` });
    values.set(namespace, names.set(name, points.at(-1)?.value ?? NaN));
  }
  const evaluatedMs = answer[0]?.points[0]?.timestampMs;
  return ok({
    valueOf: (namespace, name) => {
      const value = values.get(namespace)?.get(name);
      return value === undefined || Math.abs(value) === Infinity ? undefined : value;
    },
    timeMs: () => (evaluatedMs === undefined ? undefined : evaluatedMs + now() - arrivedMs),
  });
}
