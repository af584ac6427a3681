import { expect, test } from "vitest";
import { metricCheck } from "../../src/commands/check-metric.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";

const check = metricCheck(catalogue);

test.for(["cpu", "network-", "network-receive", "cpu-usageCores"])("metricCheck() knows %s", (text) => {
  expect(check(text)).toBeUndefined();
});

test.for([
  ["migratoin", "migration"],
  ["cpu-usge", "cpu-usage"],
  ["cpu-*", "cpu"],
  ["network-receiveMiBPerSecond", "network-receiveBytesPerSecond"],
  ["cpu-usageSumRatio", "cpu-usageRatio"],
  ["CPU-usageCores", "cpu-usageCores"],
] as const)("metricCheck() of %j advises %s", ([text, advised]) => {
  expect(check(text)).toBe(
    `No metric's name is or begins with "${text}"; did you mean ${advised}? \`vm-metrics-adapter catalogue\` lists them`,
  );
});

test("metricCheck() does not take nothing for the beginning of all", () => {
  expect(check("")).toMatch(/^No metric's name is or begins with ""/u);
});
