import { describe, expect, test } from "vitest";
import { eachEngine } from "../support/engines.ts";
import { checkRates, migrations, phases } from "../support/rate-cases.ts";

const second = 1_000;
const intervals = [1, 2, 5, 10, 15, 30, 60];
const widths = [2, 3, 4, 8];

describe.for(eachEngine)("%s", ([, engine]) => {
  const { evaluate } = engine;

  test.for(
    intervals
      .flatMap((interval) => widths.map((width) => [interval, width] as const))
      // Steps are a second at least: two of them leave no rate, and so no case, around a migration.
      .filter(([interval, width]) => interval * width > 2),
  )("rateOf() at an interval of %d s and a window of %d intervals", async ([interval, width]) => {
    const name = await engine.describe();
    const { cases, complaints } = await checkRates({
      intervalMs: interval * second,
      windowMs: width * interval * second,
      // The default window is four intervals. In a shorter one, the interval in which a load moves weighs more.
      tolerance: width < 4 ? 0.2 : 0.1,
      evaluate,
    });
    expect(complaints).toBe("");
    process.stdout.write(`${cases} cases at ${interval} s and ${width} intervals on ${name}\n`);
  });

  test("rateOf() during a migration at any moment, in any phase of the scrapes", async () => {
    const name = await engine.describe();
    const { cases, complaints } = await checkRates({
      intervalMs: 30 * second,
      windowMs: 120 * second,
      lives: migrations,
      settings: phases,
      evaluate,
    });
    expect(complaints).toBe("");
    process.stdout.write(`${cases} cases of migrations on ${name}\n`);
  });
});
