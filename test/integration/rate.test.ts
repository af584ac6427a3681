import { expect, test } from "vitest";
import { checkRates, lives } from "../support/rate-cases.ts";

test("coveredRate() reads half a core from a virtual machine that uses it, whatever happens to it", async () => {
  const { cases, complaints } = await checkRates(30_000, 120_000);
  expect(complaints).toBe("");
  expect(cases).toBeGreaterThan(lives.length * 50);
});
