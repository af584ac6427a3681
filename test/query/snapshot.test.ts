import { describe, expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known, promql, selector } from "../../src/promql/expression.ts";
import type { QueryInstant, Series } from "../../src/query/prometheus.ts";
import { createSnapshots, type Plan } from "../../src/query/snapshot.ts";
import { fail, ok, type Result } from "../../src/result.ts";

function planOf(series: string): Plan {
  return {
    expr: promql`${selector(known(series), [])}`,
    namespaceLabel: "namespace",
    nameLabel: "name",
  };
}

function sample(name: string, value: number): Series {
  return {
    labels: { namespace: "shop", name },
    points: [{ timestampMs: 50_000, value }],
  };
}

/** A Prometheus whose answers are given one by one, and a clock that stands still. */
function setUp(...answers: readonly Result<readonly Series[], MetricError>[]) {
  const clock = { nowMs: 1 };
  const asked: string[] = [];
  const query: QueryInstant = (expr) => {
    asked.push(expr);
    return Promise.resolve(answers[asked.length - 1] ?? ok([]));
  };
  const get = createSnapshots({ query, ttlMs: 100, maxEntries: 2, now: () => clock.nowMs });
  return { get, asked, clock };
}

describe("createSnapshots()", () => {
  test("asks once for all who want the same at the same time", async () => {
    const { get, asked } = setUp();
    await Promise.all([get(planOf("a")), get(planOf("a")), get(planOf("b"))]);
    expect(asked).toEqual(["a{}", "b{}"]);
  });

  test("asks again when the time to live is over", async () => {
    const { get, asked, clock } = setUp();
    await get(planOf("a"));
    clock.nowMs += 99;
    await get(planOf("a"));
    expect(asked).toHaveLength(1);
    clock.nowMs += 2;
    await get(planOf("a"));
    expect(asked).toHaveLength(2);
  });

  test("does not remember an error", async () => {
    const { get, asked } = setUp(fail({ kind: "timedOut" }), ok([sample("web-0", 1)]));
    expect(await get(planOf("a"))).toEqual({ ok: false, error: { kind: "timedOut" } });
    expect((await get(planOf("a"))).ok).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test("refuses an answer with two samples for one virtual machine", async () => {
    const { get } = setUp(ok([sample("web-0", 1), sample("web-0", 2)]));
    expect(await get(planOf("a"))).toEqual({
      ok: false,
      error: { kind: "backendRejected", detail: "two samples for shop/web-0" },
    });
  });
});

describe("a snapshot", () => {
  test.for([
    ["web-0", 0.5],
    ["web-1", NaN],
    ["web-2", undefined],
    ["nobody", undefined],
  ] as const)("valueOf(shop, %s) is %s", async ([name, value]) => {
    const { get } = setUp(ok([sample("web-0", 0.5), sample("web-1", NaN), sample("web-2", Infinity)]));
    const snapshot = await get(planOf("a"));
    expect(snapshot.ok && snapshot.value.valueOf("shop", name)).toBe(value);
    expect(snapshot.ok && snapshot.value.valueOf("other", name)).toBe(undefined);
  });

  test("tells the time by the clock of Prometheus", async () => {
    const { get, clock } = setUp(ok([sample("web-0", 1)]), ok([]));
    const snapshot = await get(planOf("a"));
    clock.nowMs += 30;
    expect(snapshot.ok && snapshot.value.timeMs()).toBe(50_030);
    const empty = await get(planOf("b"));
    expect(empty.ok && empty.value.timeMs()).toBeUndefined();
  });
});
