import fc from "fast-check";
import { expect, test } from "vitest";
import { metricNameProperties } from "../support/metric-name-cases.ts";

test.for(metricNameProperties)("%s", ([what, property]) => {
  const result = fc.check(property, { numRuns: 200_000 });
  expect(fc.defaultReportMessage(result) ?? "").toBe("");
  process.stdout.write(`${result.numRuns} cases: ${what}\n`);
});
