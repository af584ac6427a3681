import { expect, test } from "vitest";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { namesOf } from "../../src/vm/metric-names.ts";

/** One metric of each sort: what can be added up, what cannot, by window and without. */
const some = ["cpu-usageCores", "cpu-usageRatio", "guest-memoryUsedBytes", "network-receiveBytesPerSecond"];
const names = namesOf(catalogue.filter(({ name }) => some.includes(name)));

test.for([
  ["cpu-usageCores", "cpu-usageCores", "Sum"],
  ["cpu-usageSumCores", "cpu-usageCores", "Sum"],
  ["cpu-usageAverageCores", "cpu-usageCores", "Average"],
  ["cpu-usageSumRatio", "cpu-usageRatio", "Sum"],
  ["cpu-usageAverageRatio", "cpu-usageRatio", "Average"],
  ["guest-memoryUsedMaximumBytes", "guest-memoryUsedBytes", "Maximum"],
  ["network-receiveMinimumBytesPerSecond", "network-receiveBytesPerSecond", "Minimum"],
] as const)("namesOf() reads %s of a pool as the %s of its VMs' %s", ([name, metric, aggregation]) => {
  const found = names.aggregate.get(name);
  expect([found?.metric.name, found?.aggregation]).toEqual([metric, aggregation]);
});

test("namesOf() knows a single VM's metrics by their catalogue names only", () => {
  expect([...names.single.keys()].toSorted()).toEqual([
    "cpu-usageCores",
    "cpu-usageRatio",
    "guest-memoryUsedBytes",
    "network-receiveBytesPerSecond",
  ]);
});

test("namesOf() has no bare aggregate of a ratio, and says what to ask for instead", () => {
  expect(names.aggregate.has("cpu-usageRatio")).toBe(false);
  expect(names.ambiguous.get("cpu-usageRatio")).toEqual([
    "cpu-usageSumRatio",
    "cpu-usageAverageRatio",
    "cpu-usageMaximumRatio",
    "cpu-usageMinimumRatio",
  ]);
});

test("namesOf() lists the bare name of an additive metric and all forms of the others", () => {
  expect(names.listedAggregates.toSorted()).toEqual([
    "cpu-usageAverageRatio",
    "cpu-usageCores",
    "cpu-usageMaximumRatio",
    "cpu-usageMinimumRatio",
    "cpu-usageSumRatio",
    "guest-memoryUsedBytes",
    "network-receiveBytesPerSecond",
  ]);
});

test.for([
  ["cpu-usageRatio", true],
  ["guest-stateCode", true],
  ["guest-stateEvictableBoolean", true],
  ["cpu-usageCores", false],
  ["memory-residentBytes", false],
  ["storage-readBytesPerSecond", false],
] as const)("namesOf() wants a word before the unit of %s: %s", ([name, wanted]) => {
  const all = namesOf(catalogue);
  expect([all.ambiguous.has(name), all.aggregate.has(name)]).toEqual([wanted, !wanted]);
});
