import { describe, expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known } from "../../src/promql/expression.ts";
import type { QueryInstant, Series } from "../../src/query/prometheus.ts";
import { createScrapeIntervals } from "../../src/query/scrape-interval.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { byName } from "../../src/vm/exporter.ts";

const exporter = { name: "virt-handler", identity: byName, heartbeat: [known("new_name"), known("old_name")] };

/** A Prometheus that has samples of one series, at these times in seconds. */
function scraped(series: string, seconds: readonly number[]) {
  const asked: string[] = [];
  const labels = { namespace: "shop", name: "web-0", "utf-8.label": "x" };
  const points = seconds.map((second) => ({ timestampMs: second * 1_000, value: 1 }));
  const query: QueryInstant = (expr) => {
    asked.push(expr);
    const answer: Series[] = expr.includes(series) && points.length > 0 ? [{ labels, points }] : [];
    return Promise.resolve(ok(answer));
  };
  return { query, asked };
}

function intervals(query: QueryInstant, now = (): number => 1) {
  return createScrapeIntervals({ query, jobLabel: known("job"), maxEntries: 10, now });
}

describe("createScrapeIntervals()", () => {
  test.for([
    ["even gaps", [0, 15, 30, 45], 15_000],
    ["jitter", [0, 15.2, 29.9, 45.1], 15_000],
    ["a scrape that failed", [0, 30, 90, 120, 150], 30_000],
    ["scrapes within a second", [0, 0.5, 1, 1.5], 1_000],
    ["an interval that was changed", [0, 10, 20, 30, 40, 50, 80, 110, 140], 30_000],
    ["two samples only", [0, 15], undefined],
    ["no sample", [], undefined],
  ] as const)("%s", async ([, seconds, intervalMs]) => {
    const { query } = scraped("new_name", seconds);
    expect(await intervals(query)(exporter, [])).toEqual(ok(intervalMs));
  });

  test("asks which series has the most samples, by any of its names, then for the times of these", async () => {
    const { query, asked } = scraped("old_name", [0, 15, 30]);
    await intervals(query)(exporter, []);
    expect(asked).toEqual([
      "topk by (job) (1, count_over_time(new_name{}[600s]) or count_over_time(old_name{}[600s]))",
      '{__name__=~"new_name|old_name",namespace="shop",name="web-0"}[600s]',
    ]);
  });

  test("measures again after a minute, and soon when nothing was known", async () => {
    const clock = { nowMs: 1 };
    const known15 = scraped("new_name", [0, 15, 30]);
    const intervalOf = intervals(known15.query, () => clock.nowMs);
    await Promise.all([intervalOf(exporter, []), intervalOf(exporter, [])]);
    clock.nowMs += 59_000;
    await intervalOf(exporter, []);
    expect(known15.asked).toHaveLength(2);
    clock.nowMs += 2_000;
    await intervalOf(exporter, []);
    await settled();
    expect(known15.asked).toHaveLength(4);

    const nothing = scraped("new_name", []);
    const unknown = intervals(nothing.query, () => clock.nowMs);
    await unknown(exporter, []);
    clock.nowMs += 4_999;
    await unknown(exporter, []);
    expect(nothing.asked).toHaveLength(1);
    clock.nowMs += 2;
    await unknown(exporter, []);
    await settled();
    expect(nothing.asked).toHaveLength(2);

    const few = scraped("new_name", [0, 15]);
    const soon = intervals(few.query, () => clock.nowMs);
    await soon(exporter, []);
    clock.nowMs += 2_001;
    await soon(exporter, []);
    await settled();
    expect(few.asked).toHaveLength(4);
  });

  test("asks once for exporters that are told from each other by more than their series", async () => {
    const { query, asked } = scraped("new_name", [0, 15, 30]);
    const intervalOf = intervals(query);
    await intervalOf(exporter, []);
    expect(await intervalOf({ ...exporter, name: "another" }, [])).toEqual(ok(15_000));
    expect(asked).toHaveLength(2);
  });

  test.for<[string, Result<readonly Series[], MetricError>]>([
    ["fails", fail({ kind: "timedOut" })],
    ["was emptied", ok([])],
  ])("goes on with what it knows when Prometheus %s", async ([, answer]) => {
    const clock = { nowMs: 1 };
    const world = { query: scraped("new_name", [0, 15, 30]).query };
    const intervalOf = intervals(
      (expr) => world.query(expr),
      () => clock.nowMs,
    );
    await intervalOf(exporter, []);
    world.query = () => Promise.resolve(answer);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      clock.nowMs += 61_000;
      expect(await intervalOf(exporter, [])).toEqual(ok(15_000));
      await settled();
    }
  });

  test("takes the longest of several jobs", async () => {
    const query: QueryInstant = (expr) => {
      if (expr.startsWith("topk")) {
        const jobs = expr.includes("new_name") ? ["fast", "slow"] : [];
        return Promise.resolve(ok(jobs.map((job) => ({ labels: { job }, points: [] }))));
      }
      const gapMs = expr.includes("slow") ? 30_000 : 5_000;
      return Promise.resolve(
        ok([{ labels: {}, points: [1, 2, 3].map((n) => ({ timestampMs: n * gapMs, value: 1 })) }]),
      );
    };
    expect(await intervals(query)(exporter, [])).toEqual(ok(30_000));
  });

  test("takes the longest of the series that have the counted one's labels", async () => {
    const lengths = [[0, 90, 180], [0, 15, 30, 45], []];
    const answer = lengths.map((seconds) => ({
      labels: {},
      points: seconds.map((second) => ({ timestampMs: second * 1_000, value: 1 })),
    }));
    expect(await intervals(() => Promise.resolve(ok(answer)))(exporter, [])).toEqual(ok(15_000));
  });

  test("goes on without an exporter that nobody runs when Prometheus fails", async () => {
    const clock = { nowMs: 1 };
    const world = { query: scraped("new_name", []).query };
    const intervalOf = intervals(
      (expr) => world.query(expr),
      () => clock.nowMs,
    );
    await intervalOf(exporter, []);
    world.query = () => Promise.resolve(fail({ kind: "timedOut" }));
    for (let times = 0; times < 3; times += 1) {
      clock.nowMs += 6_000;
      expect(await intervalOf(exporter, [])).toEqual(ok(undefined));
      await settled();
    }
  });

  test("asks a Prometheus that fails once in two seconds", async () => {
    const clock = { nowMs: 1 };
    const answers = [fail({ kind: "timedOut" as const }), ok([])];
    const intervalOf = intervals(
      () => Promise.resolve(answers.shift() ?? ok([])),
      () => clock.nowMs,
    );
    expect(await intervalOf(exporter, [])).toEqual(fail({ kind: "timedOut" }));
    expect(await intervalOf(exporter, [])).toEqual(fail({ kind: "timedOut" }));
    clock.nowMs += 2_001;
    expect(await intervalOf(exporter, [])).toEqual(ok(undefined));
  });
});

/** Lets what runs beside a request come to its end. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
