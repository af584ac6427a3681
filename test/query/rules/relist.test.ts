import { describe, expect, test } from "vitest";
import type { MetricError } from "../../../src/naming/metric-error.ts";
import type { SeriesShape } from "../../../src/naming/rules/series.ts";
import { createRelist, type Listing, type Relist } from "../../../src/query/rules/relist.ts";
import { fail, ok, type Result } from "../../../src/result.ts";
import { createFakeClock, type FakeClock } from "../../cluster/fake-clock.ts";

type Answer = Result<readonly SeriesShape[], MetricError>;

const seconds = 1_000;
const wallStartMs = 1_700_000_000_500;
const refused: Answer = fail({ kind: "backendRejected", detail: "parse error" });
const down: Answer = fail({ kind: "backendUnavailable", detail: "refused" });

function shapes(...names: readonly string[]): readonly SeriesShape[] {
  return names.map((name) => ({ name, labels: ["pod"] }));
}

interface Scene {
  readonly relist: Relist;
  readonly clock: FakeClock;
  /** What was asked: query and the time from which on. */
  readonly asked: readonly (readonly [string, number])[];
  readonly told: readonly (readonly Listing[])[];
  readonly end: AbortController;
}

/** Lists `a` and `b` each minute, an hour back. Each query gives its answers in turn; the last goes on. */
function scene(
  answers: Readonly<Record<string, readonly (Answer | Promise<Answer>)[]>>,
  known: readonly Listing[] = [],
): Scene {
  const clock = createFakeClock();
  const startMs = clock.nowMs();
  const asked: [string, number][] = [];
  const told: (readonly Listing[])[] = [];
  const left = new Map(Object.entries(answers));
  const relist = createRelist({
    seriesQueries: Object.keys(answers),
    listSeries: async (query, sinceMs) => {
      asked.push([query, sinceMs]);
      const [answer = ok([]), ...later] = left.get(query) ?? [];
      if (later.length > 0) left.set(query, later);
      return answer;
    },
    maxAgeMs: 3_600 * seconds,
    intervalMs: 60 * seconds,
    createBackoff: () => {
      let pauses = 0;
      return {
        next: () => (pauses += 1) * seconds,
        reset: () => {
          pauses = 0;
        },
      };
    },
    wallClock: () => wallStartMs + clock.nowMs() - startMs,
    sleep: clock.sleep,
    known,
    onListed: (listings) => told.push(listings),
  });
  const end = new AbortController();
  void relist.start(end.signal);
  return { relist, clock, asked, told, end };
}

/** Lets everything happen that waits for no clock. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function advance(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

describe("createRelist()", () => {
  test("lists each query from the oldest series that count on", async () => {
    const { asked, relist } = scene({ a: [ok(shapes("x"))], b: [ok(shapes("y", "z"))] });
    await settle();
    expect(asked).toEqual([
      ["a", wallStartMs - 3_600 * seconds],
      ["b", wallStartMs - 3_600 * seconds],
    ]);
    expect(relist.listings()).toEqual([
      { seriesQuery: "a", series: shapes("x"), listedAtMs: wallStartMs },
      { seriesQuery: "b", series: shapes("y", "z"), listedAtMs: wallStartMs },
    ]);
  });

  test("knows nothing before the first answers", () => {
    const { relist } = scene({ a: [new Promise(() => {})] });
    expect(relist.listings()).toEqual([{ seriesQuery: "a" }]);
  });

  test("tells what comes together at once", async () => {
    const { told } = scene({ a: [ok([])], b: [ok([])], c: [down] });
    await settle();
    expect(told).toHaveLength(1);
  });

  test("tells what has come within a second, whatever a slow query does", async () => {
    const { clock, told } = scene({ a: [ok(shapes("x"))], b: [new Promise(() => {})], c: [ok([])] });
    await settle();
    expect(told).toEqual([]);
    await advance(clock, 1 * seconds);
    expect(told).toMatchObject([[{ seriesQuery: "a", series: shapes("x") }, { seriesQuery: "b" }, { series: [] }]]);
  });

  test("lists again on time while a slow query is on its way", async () => {
    const { clock, asked } = scene({ a: [ok([])], b: [new Promise(() => {})] });
    await settle();
    await advance(clock, 60 * seconds);
    expect(asked.map(([query]) => query)).toEqual(["a", "b", "a"]);
  });

  test("begins with what is known of its queries, and asks all the same", async () => {
    const known = [
      { seriesQuery: "a", series: shapes("x"), listedAtMs: 7 },
      { seriesQuery: "gone", series: shapes("y"), listedAtMs: 7 },
    ];
    const { relist, asked } = scene({ a: [down], b: [down] }, known);
    expect(relist.listings()).toEqual([known[0], { seriesQuery: "b" }]);
    await settle();
    expect([asked.length, relist.listings()[0]]).toMatchObject([
      2,
      { series: shapes("x"), error: { detail: "refused" } },
    ]);
  });

  test("lists again an interval after the list before has ended", async () => {
    const slow = Promise.withResolvers<Answer>();
    const { clock, asked } = scene({ a: [slow.promise, ok([])] });
    await advance(clock, 50 * seconds);
    slow.resolve(ok([]));
    await settle();
    await advance(clock, 59 * seconds);
    expect(asked).toHaveLength(1);
    await advance(clock, 1 * seconds);
    expect(asked).toHaveLength(2);
  });

  test("asks a query that failed again soon, and it alone", async () => {
    const { clock, asked, relist } = scene({ a: [ok([])], b: [down, down, ok(shapes("y"))] });
    await settle();
    await advance(clock, 1 * seconds);
    await advance(clock, 2 * seconds);
    expect(asked.map(([query]) => query)).toEqual(["a", "b", "b", "b"]);
    expect(relist.listings()[1]).toMatchObject({ series: shapes("y") });
    await advance(clock, 57 * seconds);
    await advance(clock, 3 * seconds);
    expect(asked.map(([query]) => query).slice(4)).toEqual(["a", "b"]);
  });

  test("keeps the last list of a query that fails, and says why it does", async () => {
    const { clock, relist } = scene({ a: [ok(shapes("x")), down] });
    await settle();
    await advance(clock, 60 * seconds);
    expect(relist.listings()).toEqual([
      {
        seriesQuery: "a",
        series: shapes("x"),
        listedAtMs: wallStartMs,
        error: { kind: "backendUnavailable", detail: "refused" },
      },
    ]);
  });

  test("asks a query that Prometheus refuses again when its time has come", async () => {
    const { clock, asked } = scene({ a: [refused] });
    await settle();
    await advance(clock, 59 * seconds);
    expect(asked).toHaveLength(1);
    await advance(clock, 1 * seconds);
    expect(asked).toHaveLength(2);
  });

  test("asks a query soon after its first failure, however long another goes on failing", async () => {
    const { clock, asked } = scene({ a: [ok([]), down, ok([])], b: [down] });
    await settle();
    for (let at = 0; at < 61; at += 1) await advance(clock, 1 * seconds);
    expect(asked.filter(([query]) => query === "a")).toHaveLength(3);
  });

  test("does not put off a list for a query that goes on failing", async () => {
    const { clock, asked } = scene({ a: [ok([])], b: [down] });
    await settle();
    for (let at = 0; at < 60; at += 1) await advance(clock, 1 * seconds);
    expect(asked.filter(([query]) => query === "a")).toHaveLength(2);
  });

  test("has four lists under way at once", async () => {
    const first = Promise.withResolvers<Answer>();
    const never = new Promise<Answer>(() => {});
    const { asked } = scene({ a: [first.promise], b: [never], c: [never], d: [never], e: [never] });
    await settle();
    expect(asked).toHaveLength(4);
    first.resolve(ok([]));
    await settle();
    expect(asked).toHaveLength(5);
  });

  test("ends with its signal, and tells nothing of a list that was broken off", async () => {
    const slow = Promise.withResolvers<Answer>();
    const { clock, asked, told, end } = scene({ a: [slow.promise] });
    end.abort();
    slow.resolve(down);
    await advance(clock, 600 * seconds);
    expect([asked.length, told.length]).toEqual([1, 0]);
  });
});
