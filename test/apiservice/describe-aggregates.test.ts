import { describe, expect, test } from "vitest";
import { describeAggregates } from "../../src/apiservice/describe-aggregates.ts";

const head = "the values of several virtual machines are one number only if the name says how; ask for";

describe("describeAggregates()", () => {
  test.for<[readonly string[], string]>([
    [
      ["cpu-usageSumRatio", "cpu-usageAverageRatio", "cpu-usageMaximumRatio"],
      `${head} cpu-usageSumRatio (HPA target type AverageValue), cpu-usageAverageRatio (HPA target type Value), cpu-usageMaximumRatio (HPA target type Value)`,
    ],
    [
      ["guest-stateMaximumCode", "guest-stateMinimumCode"],
      `${head} guest-stateMaximumCode (HPA target type Value), guest-stateMinimumCode (HPA target type Value)`,
    ],
    [
      ["guest-readySumBoolean", "guest-readyAverageBoolean", "guest-readyMaximumBoolean", "guest-readyMinimumBoolean"],
      `${head} guest-readySumBoolean (how many it is true of; HPA target type AverageValue), guest-readyAverageBoolean (the part it is true of; HPA target type Value), guest-readyMaximumBoolean (1 if it is true of any; HPA target type Value), guest-readyMinimumBoolean (1 if it is true of all; HPA target type Value)`,
    ],
    [["cpu-usageSumPercent"], `${head} cpu-usageSumPercent (HPA target type AverageValue)`],
    [["load"], `${head} load`],
  ])("offers %j", ([names, text]) => {
    expect(describeAggregates(names)).toBe(text);
  });
});
