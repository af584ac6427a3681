import { describe, expect, test } from "vitest";
import type { QueryAnswer } from "../../../src/query/prometheus-answer.ts";
import type { QueryText } from "../../../src/query/prometheus.ts";
import { shareQueries } from "../../../src/query/rules/shared-query.ts";
import { fail, ok } from "../../../src/result.ts";
import { createFakeClock } from "../../cluster/fake-clock.ts";

const one = vectorOf(1);

function vectorOf(count: number): QueryAnswer {
  return { type: "vector", series: Array.from({ length: count }, () => ({ labels: {}, points: [] })) };
}

/** Remembers ten series for a second. */
function scene(query: QueryText) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const shared = shareQueries(
    async (text) => {
      asked.push(text);
      return query(text);
    },
    { rememberMs: 1_000, maxSeries: 10, sleep: clock.sleep },
  );
  async function advance(ms: number): Promise<void> {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { shared, asked, advance, sleeping: clock.sleeping };
}

describe("shareQueries()", () => {
  test("asks equal queries that come together once", async () => {
    const { shared, asked } = scene(() => Promise.resolve(ok(one)));
    const answers = await Promise.all([shared("a"), shared("a"), shared("b")]);
    expect(asked).toEqual(["a", "b"]);
    expect(answers[0]).toBe(answers[1]);
  });

  test("answers from memory for a short time, and forgets", async () => {
    const { shared, asked, advance, sleeping } = scene(() => Promise.resolve(ok(one)));
    await shared("a");
    await advance(999);
    expect(await shared("a")).toEqual(ok(one));
    expect(asked).toEqual(["a"]);
    await advance(1);
    expect(sleeping()).toBe(0);
    await shared("a");
    expect(asked).toEqual(["a", "a"]);
  });

  test.for([
    [1, 11, ["a", "b", "b"]],
    [2, 9, ["a", "b", "b"]],
    [2, 8, ["a", "b"]],
    [0, 9, ["a", "b"]],
    [0, 10, ["a", "b", "b"]],
  ] as const)(
    "after an answer of %d series, one of %d is remembered if there is room: %j",
    async ([first, second, all]) => {
      const { shared, asked } = scene((text) => Promise.resolve(ok(vectorOf(text === "a" ? first : second))));
      await shared("a");
      await Promise.all([shared("b"), shared("b")]);
      await shared("b");
      expect(asked).toEqual(all);
    },
  );

  test("has room again for what comes after the forgotten", async () => {
    const { shared, asked, advance } = scene(() => Promise.resolve(ok(vectorOf(10))));
    await shared("a");
    await advance(1_000);
    await shared("b");
    await shared("b");
    expect(asked).toEqual(["a", "b"]);
  });

  test("shares a failure with who waits for it, and asks again for who comes later", async () => {
    const { shared, asked } = scene(() => Promise.resolve(fail({ kind: "timedOut" })));
    const answers = await Promise.all([shared("a"), shared("a")]);
    expect(answers).toEqual([fail({ kind: "timedOut" }), fail({ kind: "timedOut" })]);
    await shared("a");
    expect(asked).toEqual(["a", "a"]);
  });
});
