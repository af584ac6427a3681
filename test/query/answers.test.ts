import { describe, expect, test } from "vitest";
import { inUnit } from "../../src/query/answers.ts";

describe("inUnit()", () => {
  test.for([
    [1.5, 1_000, 1_500],
    [-1e308, 1_000, -Number.MAX_VALUE],
    [1e308, 1_000, Number.MAX_VALUE],
    [Infinity, 1, Number.MAX_VALUE],
  ] as const)("%d by %d is %d: never beyond what can be written [wire 7]", ([value, factor, expected]) => {
    expect(inUnit(value, factor)).toBe(expected);
  });
});
