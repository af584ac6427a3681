import type { MetricError } from "../naming/metric-error.ts";
import type { PromQL } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Decision } from "./decision.ts";
import type { QueryInstant, Series } from "./prometheus.ts";
import { type GetSnapshot, type Evaluation, type Plan, type Snapshot, toSnapshot } from "./snapshot.ts";

/** Runs a task after so many milliseconds; what it returns cancels that, and does nothing afterwards. */
export type Schedule = (ms: number, task: () => void) => () => void;

/** All spans are in milliseconds. */
export interface SnapshotsOptions {
  readonly query: QueryInstant;
  /** How long an answer is used before Prometheus is asked again; also the longest pause after failures. */
  readonly ttlMs: number;
  /** How long after its evaluation an answer stands in for one that Prometheus fails to give. At least `ttlMs`. */
  readonly maxStaleMs: number;
  /** The most virtual machines that an answer may be about; a larger one is an error. */
  readonly maxSubjects: number;
  /** The most expressions remembered; those under way come on top. */
  readonly maxEntries: number;
  /** Monotonic clock. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Ends all that runs by itself; requests are answered as before. */
  readonly signal: AbortSignal;
}

/** What is known of one expression, and what goes on about it. */
interface Entry {
  plan: Plan;
  /** The newest answer. */
  answer: Answer | undefined;
  /** Why the last question had no answer; undefined after one that had. */
  failure: Failure | undefined;
  /** What the question under way comes to, or why nobody should wait for it any longer. */
  flight: Promise<Result<Answer, MetricError>> | undefined;
  /** When a question last came to an end, or this began. */
  landedMs: number;
  /** How many requests came since the last question left, whoever it was that made it leave included. */
  uses: number;
  /** Cancels the one timer, if it runs. */
  cancel: () => void;
}

interface Answer {
  readonly snapshot: Snapshot;
  readonly askedMs: number;
  readonly tookMs: number;
  /** When its time to live is over. */
  readonly endsMs: number;
}

interface Failure {
  readonly error: MetricError;
  readonly pauseMs: number;
  /** Until then nobody asks again. */
  readonly untilMs: number;
}

interface Found {
  readonly from: (Decision & { readonly at: "snapshot" })["from"];
  readonly result: Result<Answer, MetricError>;
  readonly error?: MetricError | undefined;
}

/** An answer that takes longer is worth asking for ahead of time. */
const slowMs = 1_000;
const firstPauseMs = 1_000;

/**
 * Asks Prometheus once for all who want the same, and again as seldom as will do:
 *
 * - An answer lives for `ttlMs`. Shortly before its end it is asked for again if two requests used it; one is enough if it
 *   was slow to come.
 * - After a failure the pauses double from a second to `ttlMs`, and at their end it is asked for again if there was a
 *   request meanwhile. Until then the error is the answer, or the old snapshot up to `maxStaleMs` after its evaluation.
 * - Whoever could have either waits for a question at most a second, or twice as long as the last answer took.
 * - When no request comes, the timer that is set runs out once, and nothing follows.
 */
export function createSnapshots(options: SnapshotsOptions): GetSnapshot {
  const { query, ttlMs, maxStaleMs, maxSubjects, maxEntries, now, schedule, signal } = options;
  /** In the order of use, the least recently used first. */
  const entries = new Map<PromQL, Entry>();
  /** Prometheus' clock less the monotonic one, as the last answer that says it has it. */
  let offsetMs: number | undefined;

  signal.addEventListener("abort", () => entries.forEach(({ cancel }) => cancel()), { once: true });

  return async (plan, record) => {
    const { from, result, error } = await find(entryOf(plan));
    record?.({
      at: "snapshot",
      expr: plan.expr,
      from,
      ...(result.ok ? { ageMs: now() - result.value.askedMs } : {}),
      ...(error === undefined ? {} : { error }),
    });
    return result.ok ? ok(result.value.snapshot) : result;
  };

  function entryOf(plan: Plan): Entry {
    const entry = entries.get(plan.expr) ?? newEntry(plan);
    entry.plan = plan;
    entries.delete(plan.expr);
    entries.set(plan.expr, entry);
    return entry;
  }

  function newEntry(plan: Plan): Entry {
    forget();
    const nothing = { answer: undefined, failure: undefined, flight: undefined };
    return { plan, ...nothing, landedMs: now(), uses: 0, cancel: () => undefined };
  }

  /** Makes room for one more: what is of no use goes, and the least recently used. One under way stays for its waiters. */
  function forget(): void {
    for (const [expr, { flight, landedMs, cancel }] of entries) {
      const isOld = now() - landedMs > maxStaleMs;
      if (flight !== undefined || (!isOld && entries.size < maxEntries)) continue;
      cancel();
      entries.delete(expr);
    }
  }

  async function find(entry: Entry): Promise<Found> {
    const { answer, failure, flight } = entry;
    entry.uses += 1;
    if (isUsable(answer) && now() < answer.endsMs) {
      return { from: "remembered", result: ok(answer), error: failure?.error };
    }
    if (failure !== undefined && now() < failure.untilMs) return orOld(entry, "remembered", fail(failure.error));
    return orOld(entry, flight === undefined ? "asked" : "shared", await (flight ?? takeOff(entry, 1)));
  }

  function orOld({ answer }: Entry, from: Found["from"], result: Found["result"]): Found {
    if (result.ok) return { from, result };
    const { error } = result;
    return isUsable(answer) ? { from: "stale", result: ok(answer), error } : { from, result, error };
  }

  function isUsable(answer: Answer | undefined): answer is Answer {
    return answer !== undefined && now() - answer.askedMs <= maxStaleMs;
  }

  /** Begins a life that so many requests use already. */
  function takeOff(entry: Entry, uses: 0 | 1): Promise<Result<Answer, MetricError>> {
    const { promise, resolve, reject } = Promise.withResolvers<Result<Answer, MetricError>>();
    entry.uses = uses;
    entry.flight = promise;
    setTimer(entry, Math.max(slowMs, 2 * (entry.answer?.tookMs ?? 0)), () => {
      const { answer, failure } = entry;
      if (failure !== undefined) resolve(fail(failure.error));
      else if (isUsable(answer)) resolve(fail({ kind: "timedOut" }));
    });
    fly(entry).then(resolve, reject);
    return promise;
  }

  async function fly(entry: Entry): Promise<Result<Answer, MetricError>> {
    const askedMs = now();
    try {
      const series = await query(entry.plan.expr);
      const snapshot = series.ok ? read(entry.plan, series.value, askedMs) : series;
      return snapshot.ok ? ok(succeed(entry, snapshot.value, askedMs)) : rest(entry, snapshot.error);
    } finally {
      entry.flight = undefined;
      entry.landedMs = now();
    }
  }

  function read(plan: Plan, series: readonly Series[], askedMs: number): Result<Snapshot, MetricError> {
    if (series.length > maxSubjects) {
      const detail = `about ${series.length} virtual machines, more than ${maxSubjects}`;
      return fail({ kind: "backendRejected", detail });
    }
    return toSnapshot(plan, series, evaluationOf(series, askedMs), now);
  }

  function evaluationOf([first]: readonly Series[], askedMs: number): Evaluation {
    const saidMs = first?.points[0]?.timestampMs;
    if (saidMs !== undefined) offsetMs = saidMs - askedMs;
    return { askedMs, evaluatedAtMs: offsetMs === undefined ? undefined : askedMs + offsetMs };
  }

  function succeed(entry: Entry, snapshot: Snapshot, askedMs: number): Answer {
    const landedMs = now();
    const answer = { snapshot, askedMs, tookMs: landedMs - askedMs, endsMs: landedMs + ttlMs };
    entry.answer = answer;
    entry.failure = undefined;
    entry.cancel();
    const dueMs = refreshAtMs(answer, entry.plan);
    if (dueMs < answer.endsMs) setTimer(entry, dueMs - landedMs, () => refresh(entry));
    return answer;
  }

  /**
   * Early enough for a question that takes twice as long as the last one. Not before a quarter of the scrape interval has
   * passed: targets are scraped at times of their own, so that a quarter of them have new samples then, and an answer
   * sooner would be much the same. At the usual 30 s that is just within the usual time to live; where it is not, the
   * next request asks.
   */
  function refreshAtMs({ askedMs, tookMs, endsMs }: Answer, { intervalMs = 0 }: Plan): number {
    const leadMs = Math.min(Math.max(ttlMs / 10, 2 * tookMs), ttlMs / 2);
    return Math.max(endsMs - leadMs, askedMs + intervalMs / 4);
  }

  function rest(entry: Entry, error: MetricError): Result<never, MetricError> {
    const pauseMs = Math.min(ttlMs, entry.failure === undefined ? firstPauseMs : 2 * entry.failure.pauseMs);
    entry.failure = { error, pauseMs, untilMs: now() + pauseMs };
    setTimer(entry, pauseMs, () => refresh(entry));
    return fail(error);
  }

  function refresh(entry: Entry): void {
    const { uses, answer, failure } = entry;
    const isDelicate = failure !== undefined || (answer !== undefined && answer.tookMs > slowMs);
    if (uses >= (isDelicate ? 1 : 2)) void takeOff(entry, 0);
  }

  function setTimer(entry: Entry, ms: number, task: () => void): void {
    entry.cancel();
    if (!signal.aborted) entry.cancel = schedule(ms, task);
  }
}
