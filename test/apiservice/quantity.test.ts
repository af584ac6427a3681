import { describe, expect, test } from "vitest";
import { canonicalQuantity, encodeQuantity } from "../../src/apiservice/quantity.ts";
import { customValue, externalValue } from "../../src/query/rules/rule-values.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";
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

  test.for([
    [1.005, "1004m", "1005m"],
    [0.0009, "0", "1m"],
    [-0.0009, "0", "-1m"],
    [-1.2345, "-1234m", "-1234m"],
    [0.07, "70m", "70m"],
    [26.249_999_999, "26249m", "26250m"],
    [9_007_199_254_740_992, "9007199254740992", "9007199254740992"],
    [1e308, "9223372036854775", "9223372036854775"],
  ] as const)("writes %d cut off as %s, and rounded as %s", ([value, cut, rounded]) => {
    expect([encodeQuantity(value, "truncate"), encodeQuantity(value, "nearest")]).toEqual([cut, rounded]);
  });

  test.for([Number.NaN, Infinity, -Infinity])("throws on %d, which would read as zero [wire 7] [trap 11]", (value) => {
    expect(() => encodeQuantity(value)).toThrow("it is not finite");
  });
});

interface QuantityVector extends AdapterVector {
  readonly kind: "quantity";
  readonly as: "custom" | "external" | "cpu" | "memory";
  readonly inputs: readonly string[];
  readonly expect: { readonly strings: readonly string[] };
}

const valueOf: Readonly<Record<string, typeof customValue>> = { custom: customValue, external: externalValue };

/** CPU and memory are of metrics.k8s.io, which is not served. */
const ofRules = adapterVectors<QuantityVector>("quantity").filter((vector) => vector.as in valueOf);

test.for(ofRules)("quantity: $id", ({ as, inputs, expect: { strings } }) => {
  const written = inputs.map((input) => encodeQuantity(valueOf[as]?.(Number(input), "absent") ?? 0, "truncate"));
  expect(written).toEqual(strings);
});
