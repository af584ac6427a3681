import { describe, expect, test } from "vitest";
import { aggregateName, aggregationsOf } from "../../src/naming/aggregation.ts";
import { unitOf } from "../../src/naming/metric-name.ts";
import namesByUnit from "../vectors/vm-metric-names.json" with { type: "json" };

describe("aggregationsOf()", () => {
  test.for([
    ["Code", ["Maximum", "Minimum"]],
    ["Count", ["Sum", "Average", "Maximum", "Minimum"]],
    ["Cores", ["Sum", "Average", "Maximum", "Minimum"]],
    ["Ratio", ["Sum", "Average", "Maximum", "Minimum"]],
    ["Boolean", ["Sum", "Average", "Maximum", "Minimum"]],
    ["BytesPerSecond", ["Sum", "Average", "Maximum", "Minimum"]],
    ["SecondsTotal", ["Sum", "Average", "Maximum", "Minimum"]],
  ] as const)("of %s are %j", ([unit, aggregations]) => {
    expect(aggregationsOf(unit)).toEqual(aggregations);
  });
});

describe("aggregateName()", () => {
  test.for([
    ["cpu-timeSecondsTotal", "SecondsTotal", "Average", "cpu-timeAverageSecondsTotal"],
    ["cpu-usageRatio", "Ratio", "Sum", "cpu-usageSumRatio"],
    ["guest-memoryUsedRatio", "Ratio", "Maximum", "guest-memoryUsedMaximumRatio"],
    ["migration-dataTotalBytes", "Bytes", "Minimum", "migration-dataTotalMinimumBytes"],
    ["storage-readTimeSecondsPerSecond", "SecondsPerSecond", "Maximum", "storage-readTimeMaximumSecondsPerSecond"],
    ["guest-panicCountTotal", "CountTotal", "Sum", "guest-panicSumCountTotal"],
    ["guest-load1mProcesses", "Processes", "Average", "guest-load1mAverageProcesses"],
    ["vm0-network_default-receiveBytesTotal", "BytesTotal", "Sum", "vm0-network_default-receiveSumBytesTotal"],
  ] as const)("of %s in %s: the %s is %s", ([metric, unit, aggregation, name]) => {
    expect(aggregateName(metric, unit, aggregation)).toBe(name);
    expect(unitOf(name)).toBe(unit);
  });

  test("gives each metric of the catalogue names of its own", () => {
    const metrics = Object.values(namesByUnit).flat();
    const aggregates = metrics.flatMap((metric) => {
      const unit = unitOf(metric);
      return unit === undefined
        ? []
        : aggregationsOf(unit).map((aggregation) => aggregateName(metric, unit, aggregation));
    });
    expect(aggregates.length).toBe(101 * 4 + 3 * 2);
    expect(new Set([...metrics, ...aggregates]).size).toBe(metrics.length + aggregates.length);
  });
});
