import { describe, expect, test } from "vitest";
import { canonicalQuantity, encodeQuantity } from "../../src/apiservice/quantity.ts";
import golden from "../vectors/wire-golden.json" with { type: "json" };

describe("canonicalQuantity()", () => {
  test.for(golden.milliToCanonical)("writes $milli thousandths as $canonical [wire 7]", ({ milli, canonical }) => {
    expect(canonicalQuantity(BigInt(milli))).toBe(canonical);
  });
});

describe("encodeQuantity()", () => {
  test.for([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [0.5, "500m"],
    [-3.5, "-3500m"],
    [100_000, "100k"],
    [1_001_000, "1001k"],
    [1_234_567, "1234567"],
    [1.5e9, "1500M"],
    [123_456.789, "123456789m"],
    [0.0001, "1m"],
    [-0.0001, "-1m"],
    [1.0001, "1001m"],
    [5e-324, "1m"],
    [0.07, "70m"],
    [1.005, "1005m"],
    [0.1 + 0.2, "300m"],
    [3.000_000_000_000_000_4, "3"],
    [9_007_199_254_740_992, "9007199254740992"],
    [9_223_372_036_854_774, "9223372036854774"],
    [9_223_372_036_854_776, "9223372036854775"],
    [1e308, "9223372036854775"],
    [-1e308, "-9223372036854775"],
  ] as const)("writes %d as %s [wire 7]", ([value, text]) => {
    expect(encodeQuantity(value)).toBe(text);
  });

  test.for([Number.NaN, Infinity, -Infinity])("throws on %d, which would read as zero [wire 7] [trap 11]", (value) => {
    expect(() => encodeQuantity(value)).toThrow("it is not finite");
  });
});
