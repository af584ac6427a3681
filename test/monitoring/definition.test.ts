import { describe, expect, test } from "vitest";
import { exponentialBuckets, helpText } from "../../src/monitoring/definition.ts";

describe("helpText()", () => {
  test("begins with the class, as Kubernetes writes it", () => {
    const definition = {
      name: "vms",
      type: "gauge",
      stability: "ALPHA",
      help: "Virtual machines.",
      labels: [],
    } as const;
    expect(helpText(definition)).toBe("[ALPHA] Virtual machines.");
  });
});

describe("exponentialBuckets()", () => {
  test.for([
    [1_000, 10, 3, [1_000, 10_000, 100_000]],
    [0.5, 2, 1, [0.5]],
  ] as const)("from %d by %d, %d of them", ([start, factor, count, bounds]) => {
    expect(exponentialBuckets(start, factor, count)).toEqual(bounds);
  });

  test("end where those of the freshness end in custom-metrics-apiserver", () => {
    expect(exponentialBuckets(1, 1.364, 20).at(-1)).toBeCloseTo(364.3, 1);
  });
});
