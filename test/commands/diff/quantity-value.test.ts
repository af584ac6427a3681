import { describe, expect, test } from "vitest";
import { quantityValue } from "../../../src/commands/diff/quantity-value.ts";

describe("quantityValue()", () => {
  test.for([
    ["0", 0],
    ["500m", 0.5],
    ["-1500m", -1.5],
    ["12", 12],
    ["1.5k", 1_500],
    ["3Mi", 3 * 2 ** 20],
    ["1e3", 1_000],
    ["2E", 2e18],
    ["-9223372036854775808m", -9.223372036854776e15],
    ["", NaN],
    ["soon", NaN],
    ["1x", NaN],
  ] as const)("%s is %d", ([text, value]) => {
    expect(quantityValue(text)).toBe(value);
  });
});
