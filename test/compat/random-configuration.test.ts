import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/file.ts";
import { randomConfiguration } from "./random-configuration.ts";

test("a seed always makes the same configurations", () => {
  const [once, again] = [1, 1].map((seed) => fc.sample(randomConfiguration, { numRuns: 20, seed }));
  expect(once).toEqual(again);
});

test("most random configurations are well-formed, and some are not", () => {
  const texts = fc.sample(randomConfiguration, { numRuns: 500, seed: 1 });
  const wellFormed = texts.filter((text) => parseConfig(text, () => undefined).ok).length;
  expect(wellFormed).toBeGreaterThan(400);
  expect(wellFormed).toBeLessThan(500);
});
