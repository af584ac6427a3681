import { describe, expect, test } from "vitest";
import { eachEngine } from "../support/engines.ts";
import { checkGauges } from "../support/gauge-cases.ts";

describe.for(eachEngine)("%s", ([, engine]) => {
  test.for([2, 5, 10, 15, 30, 60])("gaugeOf() at an interval of %d s", async (interval) => {
    const name = await engine.describe();
    const { evaluate } = engine;
    const { cases, complaints } = await checkGauges({ intervalMs: interval * 1_000, pace: 0.1, evaluate });
    expect(complaints).toBe("");
    process.stdout.write(`${cases} cases of gauges at ${interval} s on ${name}\n`);
  });
});
