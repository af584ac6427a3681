import { expect, test } from "vitest";
import { checkRates } from "../support/rate-cases.ts";

const second = 1_000;
const intervals = [1, 2, 5, 10, 15, 30, 60];
const windows = [2, 3, 4, 8];

test.for(
  intervals
    .flatMap((interval) => windows.map((width) => [interval, interval * width] as const))
    // Steps are a second at least: two of them leave no rate, and so no case, around a migration.
    .filter(([, window]) => window > 2),
)("coveredRate() at an interval of %d s and a window of %d s", async ([interval, window]) => {
  const { cases, complaints } = await checkRates(interval * second, window * second);
  expect(complaints).toBe("");
  process.stdout.write(`${cases} cases at ${interval} s and ${window} s\n`);
});
