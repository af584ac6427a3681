import { describe, expect, test } from "vitest";
import { aggregateNamesOf, namesOf, withoutParts } from "../../src/vm/metric-names.ts";
import { metricOf, metrics } from "../support/metrics.ts";

const names = namesOf(metrics);

describe("namesOf()", () => {
  test.for([
    ["cpu-usageCores", "cpu-usageCores", 1],
    ["cpu-usageMillicores", "cpu-usageCores", 1_000],
    ["cpu-timeMillisecondsTotal", "cpu-timeSecondsTotal", 1_000],
    ["cpu-usagePercent", "cpu-usageRatio", 100],
    ["guest-memoryUsedKiB", "guest-memoryUsedBytes", 1 / 1024],
    ["guest-memoryUsedMiB", "guest-memoryUsedBytes", 1 / 1024 ** 2],
    ["guest-memoryUsedGiB", "guest-memoryUsedBytes", 1 / 1024 ** 3],
    ["network-receiveKiBPerSecond", "network-receiveBytesPerSecond", 1 / 1024],
    ["network-receiveMiBTotal", "network-receiveBytesTotal", 1 / 1024 ** 2],
    ["migration-memoryProcessedKiB", "migration-memoryProcessedBytes", 1 / 1024],
  ] as const)("reads %s of a virtual machine as its %s times %d", ([name, metric, factor]) => {
    const found = names.single.get(name);
    expect([found?.metric.name, found?.factor]).toEqual([metric, factor]);
  });

  test.for([
    ["cpu-usageCores", "cpu-usageCores", "Sum", 1],
    ["cpu-usageSumCores", "cpu-usageCores", "Sum", 1],
    ["cpu-usageAverageMillicores", "cpu-usageCores", "Average", 1_000],
    ["cpu-usageSumRatio", "cpu-usageRatio", "Sum", 1],
    ["cpu-usageAveragePercent", "cpu-usageRatio", "Average", 100],
    ["cpu-timeMaximumSecondsTotal", "cpu-timeSecondsTotal", "Maximum", 1],
    ["guest-memoryUsedMaximumBytes", "guest-memoryUsedBytes", "Maximum", 1],
    ["guest-memoryUsedGiB", "guest-memoryUsedBytes", "Sum", 1 / 1024 ** 3],
    ["network-receiveMinimumKiBPerSecond", "network-receiveBytesPerSecond", "Minimum", 1 / 1024],
    ["storage-readLatencyAverageMilliseconds", "storage-readLatencySeconds", "Average", 1_000],
  ] as const)(
    "reads %s of a pool as the %s of its virtual machines: %s times %d",
    ([name, metric, aggregation, factor]) => {
      const found = names.aggregate.get(name);
      expect([found?.metric.name, found?.aggregation, found?.factor]).toEqual([metric, aggregation, factor]);
    },
  );

  test.for(["cpu-usageSumRatio", "cpu-usageKiB", "cpu-usagePercentRatio", "guest-memoryUsedTiB"])(
    "knows no %s of a virtual machine",
    (name) => {
      expect(names.single.has(name)).toBe(false);
    },
  );

  test.for([
    [
      "cpu-usageRatio",
      ["cpu-usageSumRatio", "cpu-usageAverageRatio", "cpu-usageMaximumRatio", "cpu-usageMinimumRatio"],
    ],
    [
      "cpu-usagePercent",
      ["cpu-usageSumPercent", "cpu-usageAveragePercent", "cpu-usageMaximumPercent", "cpu-usageMinimumPercent"],
    ],
    ["guest-stateCode", ["guest-stateMaximumCode", "guest-stateMinimumCode"]],
    [
      "storage-readLatencySeconds",
      [
        "storage-readLatencySumSeconds",
        "storage-readLatencyAverageSeconds",
        "storage-readLatencyMaximumSeconds",
        "storage-readLatencyMinimumSeconds",
      ],
    ],
  ] as const)("has no bare aggregate %s, and says what to ask for instead", ([name, meant]) => {
    expect([names.aggregate.has(name), names.ambiguous.get(name)]).toEqual([false, meant]);
  });

  test("lets a name of the catalogue win over one that is made from another", () => {
    const clash = namesOf([
      metricOf("memory-balloonMaximumBytes", { unit: "Bytes" }),
      metricOf("memory-balloonBytes", { unit: "Bytes" }),
    ]);
    const found = clash.aggregate.get("memory-balloonMaximumBytes");
    expect([found?.metric.name, found?.aggregation]).toEqual(["memory-balloonMaximumBytes", "Sum"]);
  });
});

test.for([
  ["cpu-usageCores", ["cpu-usageCores"]],
  ["guest-stateCode", ["guest-stateMaximumCode", "guest-stateMinimumCode"]],
] as const)("aggregateNamesOf() %s: %j", ([name, expected]) => {
  expect(metrics.filter((metric) => metric.name === name).flatMap(aggregateNamesOf)).toEqual(expected);
});

test.for([
  ["cpu-usageCores", { name: "cpu-usageCores", parts: {} }],
  ["vm0-migration-memoryProcessedKiB", { name: "migration-memoryProcessedKiB", parts: { vm: "vm0" } }],
  ["network_net.1-receiveBytesTotal", { name: "network-receiveBytesTotal", parts: { device: "net.1" } }],
  [
    "a-network-network_b-receiveBytesTotal",
    { name: "network-receiveBytesTotal", parts: { vm: "a-network", device: "b" } },
  ],
  ["something", undefined],
] as const)("withoutParts() %s: %j", ([text, expected]) => {
  expect(withoutParts(text)).toEqual(expected);
});
