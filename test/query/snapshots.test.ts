import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known, promql, selector } from "../../src/promql/expression.ts";
import type { Decision } from "../../src/query/decision.ts";
import type { Series } from "../../src/query/prometheus.ts";
import type { Plan } from "../../src/query/snapshot.ts";
import { createSnapshots, type SnapshotsOptions } from "../../src/query/snapshots.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { createFakeTime } from "./fake-time.ts";

const timedOut: MetricError = { kind: "timedOut" };
/** By how much Prometheus' clock is ahead of the monotonic one; the adapter's wall clock has no part in it. */
const epochMs = 1_700_000_000_000;

function planOf(series: string, intervalMs?: number): Plan {
  const expr = promql`${selector(known(series), [])}`;
  return {
    expr,
    namespaceLabel: "namespace",
    nameLabel: "name",
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
}

/** What Prometheus does with questions until told otherwise. */
interface Backend {
  /** The milliseconds until it answers. */
  tookMs: number;
  /** Undefined while it answers. */
  error: MetricError | undefined;
  /** How many virtual machines it knows. */
  subjects: number;
  /** By how much its clock was set forward. */
  skewMs: number;
}

/**
 * A Prometheus that evaluates a question when it gets it, and gives every virtual machine the time of that as its value.
 * The time to live is 10 s, answers stand in for a minute. Timers are late by `lateMs`.
 */
function setUp(options: Partial<SnapshotsOptions> = {}, lateMs = 0) {
  const time = createFakeTime();
  const backend: Backend = { tookMs: 0, error: undefined, subjects: 1, skewMs: 0 };
  const asked: { readonly expr: string; readonly atMs: number }[] = [];
  const decisions: Decision[] = [];
  const startMs = time.now();

  async function query(expr: string): Promise<Result<readonly Series[], MetricError>> {
    const evaluatedMs = time.now();
    asked.push({ expr, atMs: evaluatedMs - startMs });
    const { tookMs, error, subjects, skewMs } = backend;
    if (tookMs > 0) await time.sleep(tookMs);
    if (error !== undefined) return fail(error);
    const point = { timestampMs: epochMs + evaluatedMs + skewMs, value: evaluatedMs };
    return ok(
      Array.from({ length: subjects }, (_, index) => ({
        labels: { namespace: "shop", name: `web-${index}` },
        points: [point],
      })),
    );
  }
  const snapshots = createSnapshots({
    query,
    ttlMs: 10_000,
    maxStaleMs: 60_000,
    maxSubjects: 3,
    maxEntries: 2,
    now: time.now,
    schedule: (ms, task) => time.schedule(ms + lateMs, task),
    signal: new AbortController().signal,
    ...options,
  });

  /** How old the answer is, in milliseconds, or the kind of the error. */
  async function get(series = "a", intervalMs?: number): Promise<number | string> {
    const answer = await snapshots(planOf(series, intervalMs), (decision) => decisions.push(decision));
    return answer.ok ? time.now() - (answer.value.valueOf("shop", "web-0") ?? NaN) : answer.error.kind;
  }
  /** The times of the questions since the start, in seconds. */
  function askedAt(): readonly number[] {
    return asked.map(({ atMs }) => atMs / 1_000);
  }
  return { time, backend, asked, decisions, snapshots, get, askedAt };
}

/** Node's own, which it offers to scripts only when told to. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

type World = ReturnType<typeof setUp>;

/** Does each of the steps, and goes on by so many seconds after each. */
async function play({ time }: World, steps: readonly (readonly [() => unknown, number])[]): Promise<void> {
  for (const [step, seconds] of steps) {
    void step();
    await time.advance(seconds * 1_000);
  }
}

describe("an answer", () => {
  test("is asked for once by all who want the same at the same time", async () => {
    const { get, asked } = setUp();
    expect(await Promise.all([get("a"), get("a"), get("b")])).toEqual([0, 0, 0]);
    expect(asked.map(({ expr }) => expr)).toEqual(["a{}", "b{}"]);
  });

  test("is asked for again when its time to live is over", async () => {
    const { get, time, askedAt } = setUp();
    await get();
    await time.advance(9_999);
    expect(await get()).toBe(9_999);
    await time.advance(1);
    expect(await get()).toBe(0);
    expect(askedAt()).toEqual([0, 10]);
  });

  test.for([
    [3, 0],
    [4, "backendRejected"],
  ] as const)("about %d virtual machines where 3 are allowed: %s", async ([subjects, answer]) => {
    const { get, backend } = setUp();
    backend.subjects = subjects;
    expect(await get()).toBe(answer);
  });

  test("about too many says so", async () => {
    const { snapshots, backend } = setUp();
    backend.subjects = 4;
    expect(await snapshots(planOf("a"))).toEqual(
      fail({ kind: "backendRejected", detail: "about 4 virtual machines, more than 3" }),
    );
  });

  test("is not used when it is too old to stand in, though it has just come", async () => {
    const { get, backend, time, askedAt } = setUp({ maxStaleMs: 10_000 });
    backend.tookMs = 1_000;
    void get();
    await time.advance(10_000);
    expect(await get()).toBe(10_000);
    await time.advance(1);
    void get();
    expect(askedAt()).toEqual([0, 10.001]);
  });

  test("is forgotten when others were used since and there is room for as many only", async () => {
    const { get, time, askedAt } = setUp();
    for (const series of ["a", "b", "a", "c", "a", "b"]) await get(series);
    await time.advance(9_000);
    expect(askedAt()).toEqual([0, 0, 0, 0, 9]); // a, b, c, b; and a, which three requests used
  });

  test("is not forgotten while it is in use, however long ago it was asked for at first", async () => {
    const { get, time, asked } = setUp();
    await get("a");
    await time.advance(61_000);
    await get("a");
    await get("b");
    await get("a");
    expect(asked.map(({ expr }) => expr)).toEqual(["a{}", "a{}", "b{}"]);
  });

  test("is given back to the memory when another expression is new and this one too old to stand in", async () => {
    const { snapshots, time } = setUp({ maxEntries: 10 });
    async function ask(series: string): Promise<WeakRef<object>> {
      const answer = await snapshots(planOf(series));
      return new WeakRef(answer.ok ? answer.value : answer);
    }
    const first = await ask("a");
    await time.advance(30_000);
    const second = await ask("b");
    await time.advance(30_001);
    const third = await ask("c");
    collectGarbage();
    const isThere = [first, second, third].map((reference) => reference.deref() !== undefined);
    expect(isThere).toEqual([false, true, true]);
    expect((await snapshots(planOf("c"))).ok).toBe(true); // all of them are in use until here
  });

  test("is not lost by a burst of more questions than are remembered, and none is asked twice", async () => {
    const { get, backend, asked, time } = setUp();
    backend.tookMs = 100;
    const names = ["a", "b", "c", "d", "a", "b", "c", "d"];
    const answers = Promise.all(names.map(async (name) => get(name)));
    await time.advance(100);
    expect(await answers).toEqual(names.map(() => 100));
    expect(asked).toHaveLength(4);
  });
});

describe("the time", () => {
  test("is that of Prometheus when it evaluated, and what has passed since the question left", async () => {
    const { snapshots, backend, time } = setUp();
    backend.tookMs = 500;
    const answer = snapshots(planOf("a"));
    await time.advance(700);
    const snapshot = await answer;
    const evaluatedAtMs = epochMs + 1_000;
    expect(snapshot).toMatchObject({ value: { evaluatedAtMs } });
    expect(snapshot.ok && snapshot.value.timeMs()).toBe(evaluatedAtMs + 700);
  });

  test("of an empty answer follows from the last one that said it", async () => {
    const { snapshots, backend, time } = setUp();
    backend.subjects = 0;
    const unknown = await snapshots(planOf("a"));
    expect(unknown.ok && [unknown.value.evaluatedAtMs, unknown.value.timeMs()]).toEqual([undefined, undefined]);
    backend.subjects = 1;
    await snapshots(planOf("b"));
    await time.advance(4_000);
    Object.assign(backend, { subjects: 1, skewMs: 60_000 });
    await snapshots(planOf("d"));
    backend.subjects = 0;
    const empty = await snapshots(planOf("c"));
    await time.advance(2_000);
    expect(empty.ok && [empty.value.evaluatedAtMs, empty.value.timeMs()]).toEqual([epochMs + 65_000, epochMs + 67_000]);
  });
});

describe("while Prometheus fails", () => {
  test("the old snapshot is the answer until it is too old, then the error", async () => {
    const { get, backend, time } = setUp();
    const answers: (number | string)[] = [];
    await get();
    backend.error = timedOut;
    for (let seconds = 15; seconds <= 75; seconds += 15) {
      await time.advance(15_000);
      answers.push(await get());
    }
    expect(answers).toEqual([15_000, 30_000, 45_000, 60_000, "timedOut"]);
  });

  test("the old snapshot goes on telling the time", async () => {
    const { snapshots, backend, time } = setUp();
    const first = await snapshots(planOf("a"));
    backend.error = timedOut;
    await time.advance(30_000);
    const stale = await snapshots(planOf("a"));
    expect(stale).toEqual(first);
    expect(stale.ok && stale.value.timeMs()).toBe(epochMs + 31_000);
    expect(stale.ok && stale.value.evaluatedAtMs).toBe(epochMs + 1_000);
  });

  test.for<MetricError>([
    timedOut,
    { kind: "backendUnavailable", detail: "cut" },
    { kind: "backendRejected", detail: "partial answer" },
  ])("any error counts: %j", async (error) => {
    const { get, backend, time } = setUp();
    await get();
    backend.error = error;
    await time.advance(20_000);
    expect(await get()).toBe(20_000);
    await time.advance(60_000);
    expect(await get()).toBe(error.kind);
  });

  test("it is asked after pauses that double from a second to the time to live, however many requests come", async () => {
    const { get, backend, time, askedAt } = setUp();
    backend.error = timedOut;
    for (let step = 0; step < 400; step += 1) {
      expect(await get()).toBe("timedOut");
      await time.advance(100);
    }
    expect(askedAt()).toEqual([0, 1, 3, 7, 15, 25, 35]);
  });

  test("pauses are no longer than a short time to live", async () => {
    const { get, backend, time, askedAt } = setUp({ ttlMs: 500 });
    backend.error = timedOut;
    await get();
    for (let step = 0; step < 10; step += 1) {
      await time.advance(250);
      await get();
    }
    expect(askedAt()).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
  });

  test("that it answers again is seen at the end of a pause, and pauses begin anew", async () => {
    const world = setUp();
    const { get, backend, time, askedAt } = world;
    backend.error = timedOut;
    await play(world, [
      [get, 0.5],
      [get, 0.6],
      [get, 2.4], // 1, 3
    ]);
    backend.error = undefined;
    await get();
    await time.advance(4_000);
    expect(await Promise.all([get(), get()])).toEqual([500, 500]); // asked at 7
    backend.error = timedOut;
    await time.advance(9_000);
    await get();
    await time.advance(5_000);
    expect(askedAt()).toEqual([0, 1, 3, 7, 16, 17]);
  });

  test("nobody asks ahead when no request came since the last failure", async () => {
    const { get, backend, time, askedAt } = setUp();
    backend.error = timedOut;
    await get();
    await time.advance(100_000);
    expect(askedAt()).toEqual([0, 1]);
    expect(time.pending()).toBe(0);
  });
});

describe("while Prometheus hangs", () => {
  /** An answer is there, its time to live is over, and questions take 8 s to fail. */
  async function hanging(): Promise<World> {
    const world = setUp();
    await world.get();
    await world.time.advance(12_000);
    Object.assign(world.backend, { tookMs: 8_000, error: timedOut });
    return world;
  }

  test("the old snapshot is the answer after a second, and at once for whoever comes then", async () => {
    const { get, time, askedAt } = await hanging();
    const first = get();
    await time.advance(1_000);
    expect(await first).toBe(13_000);
    await time.advance(2_000);
    expect(await get()).toBe(15_000);
    expect(askedAt()).toEqual([0, 12]);
  });

  test("an answer that comes late serves those who come after it", async () => {
    const { get, backend, time, askedAt } = await hanging();
    Object.assign(backend, { tookMs: 3_000, error: undefined });
    const first = get();
    await time.advance(3_500);
    expect(await first).toBe(13_000);
    expect(await get()).toBe(3_500);
    expect(askedAt()).toEqual([0, 12]);
  });

  test("an expression that is slow as a rule is waited for twice as long as it took", async () => {
    const { get, backend, time } = setUp();
    backend.tookMs = 3_000;
    void get();
    await time.advance(30_000); // one question ahead of time, then none
    backend.tookMs = 5_000;
    const answer = get();
    await time.advance(5_000);
    expect(await answer).toBe(5_000);
  });

  test("the error of the last question is the answer after a second when no snapshot is of use", async () => {
    const { get, backend, time } = setUp();
    backend.error = { kind: "backendUnavailable", detail: "refused" };
    await get();
    await time.advance(10_000);
    Object.assign(backend, { tookMs: 8_000, error: timedOut });
    const waiting = get();
    await time.advance(1_000);
    expect(await waiting).toBe("backendUnavailable");
  });

  test("whoever has nothing else waits", async () => {
    const { get, backend, time } = setUp();
    Object.assign(backend, { tookMs: 8_000, error: timedOut });
    let answered = false;
    const waiting = get().finally(() => {
      answered = true;
    });
    await time.advance(7_999);
    expect(answered).toBe(false);
    await time.advance(1);
    expect(await waiting).toBe("timedOut");
  });
});

describe("a snapshot is asked for ahead of its end", () => {
  /** The times of questions when requests come at these seconds, in a minute. */
  async function askedFor(requests: readonly number[], tookMs = 20, intervalMs?: number): Promise<readonly number[]> {
    const { get, backend, time, askedAt } = setUp();
    backend.tookMs = tookMs;
    let atMs = 0;
    for (const seconds of [...requests, 60]) {
      await time.advance(seconds * 1_000 - atMs);
      atMs = seconds * 1_000;
      if (seconds < 60) void get("a", intervalMs);
    }
    expect(time.pending()).toBe(0);
    return askedAt();
  }

  test.for<[string, readonly number[], number, number | undefined, readonly number[]]>([
    ["never after one request", [0], 20, undefined, [0]],
    ["never after one request in each life", [0, 15, 30], 20, undefined, [0, 15, 30]],
    ["once after two in its life", [0, 5], 20, undefined, [0, 9.02]],
    ["once after two who waited for it", [0, 0.01], 20, undefined, [0, 9.02]],
    ["again while each life has two", [0, 5, 10, 15, 20], 20, undefined, [0, 9.02, 18.04]],
    ["once after one request when it took over a second", [0], 1_100, undefined, [0, 8.9]],
    ["never after one request when it took a second", [0], 1_000, undefined, [0]],
    ["twice as long ahead as it took", [0, 5], 2_000, undefined, [0, 8]],
    ["at most half its life ahead", [0, 3], 8_000, undefined, [0, 13]],
    ["at the usual interval of scrapes, too", [0, 5], 20, 30_000, [0, 9.02]],
    ["when a quarter of the interval has passed", [0, 5], 20, 38_000, [0, 9.5]],
    ["never when that is after its end", [0, 5], 20, 60_000, [0]],
  ])("%s", async ([, requests, tookMs, intervalMs, asked]) => {
    expect(await askedFor(requests, tookMs, intervalMs)).toEqual(asked);
  });

  test("never when the scrape interval turns out to be long while it is on its way", async () => {
    const { get, backend, time, askedAt } = setUp();
    backend.tookMs = 20;
    void get("a");
    void get("a", 60_000);
    await time.advance(20);
    expect(time.pending()).toBe(0);
    await time.advance(60_000);
    expect(askedAt()).toEqual([0]);
  });

  test("not by a timer that is late, when requests have asked meanwhile", async () => {
    const { get, backend, time, askedAt } = setUp({}, 2_000);
    await Promise.all([get(), get()]);
    backend.tookMs = 1_000;
    await time.advance(10_500);
    void get();
    void get();
    await time.advance(3_000);
    expect(askedAt()).toEqual([0, 10.5]);
  });

  test("and is there when the old one ends, so that no request waits", async () => {
    const { get, backend, time } = setUp();
    backend.tookMs = 400;
    void get();
    await time.advance(500);
    for (let step = 0; step < 100; step += 1) {
      expect(await get()).toBeLessThanOrEqual(10_400);
      await time.advance(500);
    }
  });

  test("again at the end of the pause when that fails", async () => {
    const { get, backend, time, askedAt } = setUp();
    await Promise.all([get(), get()]);
    backend.error = timedOut;
    await time.advance(9_500);
    expect(await get()).toBe(9_500);
    backend.error = undefined;
    await time.advance(1_000);
    expect(await get()).toBe(500);
    expect(askedAt()).toEqual([0, 9, 10]);
  });
});

describe("nothing is left", () => {
  test.for<[string, Partial<Backend>]>([
    ["after fast answers", { tookMs: 20 }],
    ["after slow answers", { tookMs: 5_000 }],
    ["after failures", { error: timedOut }],
    ["after questions that hung", { tookMs: 8_000, error: timedOut }],
  ])("%s when demand ends", async ([, behaviour]) => {
    const { get, backend, asked, time } = setUp();
    Object.assign(backend, behaviour);
    for (let step = 0; step < 60; step += 1) {
      void get();
      await time.advance(500);
    }
    await time.advance(25_000);
    const before = asked.length;
    expect(time.pending()).toBe(0);
    await time.advance(100_000);
    expect(asked).toHaveLength(before);
  });

  test("of an expression that made room for another", async () => {
    const { get, time } = setUp({ maxEntries: 1 });
    await Promise.all([get("a"), get("a")]);
    await get("b");
    expect(time.pending()).toBe(1);
    await time.advance(60_000);
    expect(time.pending()).toBe(0);
  });

  test("after the signal; requests are answered as before", async () => {
    const ending = new AbortController();
    const { get, backend, time, askedAt } = setUp({ signal: ending.signal, maxEntries: 3 });
    backend.tookMs = 20;
    void get("a");
    void get("a");
    void get("b");
    await time.advance(1_000);
    void get("c");
    ending.abort();
    await time.advance(20);
    expect(time.pending()).toBe(0);
    expect(await get("a")).toBe(1_020);
    await time.advance(60_000);
    void get("a");
    await time.advance(20);
    expect(time.pending()).toBe(0);
    expect(askedAt()).toEqual([0, 0, 1, 61.02]);
  });
});

test("what was decided is recorded", async () => {
  const { get, backend, decisions, time } = setUp();
  backend.tookMs = 100;
  void get();
  void get();
  await time.advance(600);
  void get();
  void get();
  backend.error = timedOut;
  await time.advance(9_000);
  void get();
  await time.advance(3_400);
  void get();
  await time.advance(60_000);
  void get();
  await time.advance(100);
  void get();
  await time.advance(100);
  const at = { at: "snapshot", expr: "a{}" };
  expect(decisions).toEqual([
    { ...at, from: "asked", ageMs: 100 },
    { ...at, from: "shared", ageMs: 100 },
    { ...at, from: "remembered", ageMs: 600 },
    { ...at, from: "remembered", ageMs: 600 },
    { ...at, from: "remembered", ageMs: 9_600, error: timedOut },
    { ...at, from: "stale", ageMs: 13_100, error: timedOut },
    { ...at, from: "asked", error: timedOut },
    { ...at, from: "remembered", error: timedOut },
  ]);
});
