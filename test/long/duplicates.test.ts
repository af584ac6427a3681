import { expect, test } from "vitest";
import { checkGauges } from "../support/gauge-cases.ts";

test.for([2, 5, 10, 15, 30, 60])("gaugeOf() at an interval of %d s", async (interval) => {
  const { cases, complaints } = await checkGauges({ intervalMs: interval * 1_000, pace: 0.1 });
  expect(complaints).toBe("");
  process.stdout.write(`${cases} cases of gauges at ${interval} s\n`);
});
