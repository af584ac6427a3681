import { describe, expect, test } from "vitest";
import { createMetricIndex, type Meant, type NotMeant } from "../../src/query/metric-index.ts";
import type { Result } from "../../src/result.ts";
import { served } from "../support/metrics.ts";

const index = createMetricIndex(served);

function told(found: Result<Meant, NotMeant>): unknown {
  if (!found.ok) return found.error.why === "misplaced" ? [found.error.reason, found.error.instead] : found.error.why;
  const { metric, parts, aggregation, factor } = found.value;
  return { ...parts, metric: metric.name, ...(factor === 1 ? {} : { factor }), ...(aggregation && { aggregation }) };
}

describe("of one virtual machine", () => {
  test.for([
    ["cpu-usageCores", { metric: "cpu-usageCores" }],
    ["cpu-usageMillicores", { metric: "cpu-usageCores", factor: 1_000 }],
    ["network_Net_1-receiveBytesPerSecond", { metric: "network-receiveBytesPerSecond", device: "Net_1" }],
    ["cpu_0-usageCores", ["noDevices", "cpu-usageCores"]],
    ["vm0-cpu-usageCores", ["prefixed", "cpu-usageCores"]],
    ["cpu-usagecores", "unknown"],
    ["cpu-usageAverageCores", ["ofSeveral", "cpu-usageCores"]],
    ["network_a-receiveSumKiBPerSecond", ["ofSeveral", "network_a-receiveBytesPerSecond"]],
    ["storage-deviceThresholdBytes", { metric: "storage-deviceThresholdBytes" }],
    ["memory-oldBytes", { metric: "memory-oldBytes" }],
    ["memory-oldKiB", { metric: "memory-oldBytes", factor: 1 / 1024 }],
    ["memory-olderBytes", "hidden"],
    ["memory-olderKiB", "hidden"],
  ] as const)("%s: %j", ([text, expected]) => {
    expect(told(index.single(text))).toEqual(expected);
  });
});

describe("of several", () => {
  test.for([
    ["cpu-usageCores", { metric: "cpu-usageCores", aggregation: "Sum" }],
    ["cpu-usageAverageRatio", { metric: "cpu-usageRatio", aggregation: "Average" }],
    ["cpu-usageRatio", "ambiguous"],
    [
      "network_default-receiveMaximumKiBPerSecond",
      { metric: "network-receiveBytesPerSecond", device: "default", aggregation: "Maximum", factor: 1 / 1024 },
    ],
    ["vm0-cpu-usageRatio", { metric: "cpu-usageRatio", vm: "vm0" }],
    ["vm0-cpu-usageAverageRatio", ["prefixedAggregate", "vm0-cpu-usageRatio"]],
    [
      "web.1-network-network_net.1-receiveKiBTotal",
      { metric: "network-receiveBytesTotal", vm: "web.1-network", device: "net.1", factor: 1 / 1024 },
    ],
    ["memory-olderMaximumBytes", "hidden"],
    ["vm0-memory-olderBytes", "hidden"],
  ] as const)("%s: %j", ([text, expected]) => {
    expect(told(index.aggregate(text))).toEqual(expected);
  });

  test("a ratio's bare name is answered with the names that mean something, with its device and unit", () => {
    expect(index.aggregate("storage_root-readLatencyMilliseconds")).toMatchObject({
      error: {
        names: [
          "storage_root-readLatencySumMilliseconds",
          "storage_root-readLatencyAverageMilliseconds",
          "storage_root-readLatencyMaximumMilliseconds",
          "storage_root-readLatencyMinimumMilliseconds",
        ],
      },
    });
  });
});

describe("external", () => {
  test.for([
    ["vm0-migration-memoryProcessedKiB", { metric: "migration-memoryProcessedBytes", vm: "vm0", factor: 1 / 1024 }],
    ["vm0-migration-memoryprocessedkib", { metric: "migration-memoryProcessedBytes", vm: "vm0", factor: 1 / 1024 }],
    ["cpu-usageratio", { metric: "cpu-usageRatio" }],
    ["network_net.1-receivebytespersecond", { metric: "network-receiveBytesPerSecond", device: "net.1" }],
    ["cpu-usageaverageratio", "unknown"],
    ["memory-olderbytes", "hidden"],
  ] as const)("%s: %j", ([text, expected]) => {
    expect(told(index.external(text))).toEqual(expected);
  });
});

test("discovery has what is fed and not hidden, under one name where that means something", () => {
  expect(index.listed.single).toEqual([
    "cpu-timeSecondsTotal",
    "cpu-usageCores",
    "cpu-usageRatio",
    "guest-memoryUsedBytes",
    "guest-stateCode",
    "memory-oldBytes",
    "migration-memoryProcessedBytes",
    "network-receiveBytesPerSecond",
    "network-receiveBytesTotal",
    "storage-readLatencySeconds",
  ]);
  expect(index.listed.aggregate).toEqual(expect.arrayContaining(["cpu-usageCores", "cpu-usageAverageRatio"]));
  expect(index.listed.aggregate).not.toContain("cpu-usageRatio");
  expect(index.listed.aggregate).not.toContain("cpu-usageAverageCores");
});

test.for([
  ["memory-oldBytes", { since: "0.3", replacedBy: "memory-residentBytes" }],
  ["memory-oldMaximumKiB", { since: "0.3", replacedBy: "memory-residentBytes" }],
  ["vm0-memory-oldbytes", { since: "0.3", replacedBy: "memory-residentBytes" }],
  ["cpu-usageCores", undefined],
  ["something", undefined],
] as const)("users of %s are told %j", ([text, notice]) => {
  expect(index.notice(text)).toEqual(notice);
});
