import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inTurn } from "../../src/commands/in-turn.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const items = ["a", "b", "c", "d", "e"];

/** Takes a second for an item, and remembers how many were worked on at once. */
function work() {
  const seen = { now: 0, most: 0 };
  async function each(item: string): Promise<string> {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    seen.now -= 1;
    return item.toUpperCase();
  }
  return { seen, each };
}

describe("inTurn()", () => {
  test("works on a few items at once and keeps their order", async () => {
    const { seen, each } = work();
    const values = inTurn(items, each, { atOnce: 2, progressMs: 60_000, onProgress: () => undefined });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await values).toEqual(["A", "B", "C", "D", "E"]);
    expect(seen.most).toBe(2);
  });

  test("tells every so often how many are done, and nothing after the last", async () => {
    const told: number[] = [];
    const options = { atOnce: 1, progressMs: 2_100, onProgress: (done: number) => told.push(done) };
    const values = inTurn(items, work().each, options);
    await vi.advanceTimersByTimeAsync(20_000);
    await values;
    expect(told).toEqual([2, 4]);
  });
});
