import { describe, expect, test } from "vitest";
import { createBackoff } from "../../src/cluster/backoff.ts";

describe("createBackoff()", () => {
  test.for([
    [0, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]],
    [0.5, [1_200, 2_400, 4_800, 9_600, 19_200, 30_000, 30_000, 30_000]],
  ] as const)("doubles up to half a minute, by chance %d", ([chance, pauses]) => {
    const backoff = createBackoff({ random: () => chance });
    expect(pauses.map(() => backoff.next())).toEqual(pauses);
  });

  test("begins again after reset()", () => {
    const backoff = createBackoff({ initialMs: 10, maxMs: 100, random: () => 0 });
    expect([backoff.next(), backoff.next()]).toEqual([10, 20]);
    backoff.reset();
    expect(backoff.next()).toBe(10);
  });
});
