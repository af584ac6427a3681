import { describe, expect, test } from "vitest";
import { fuzzBackend, fuzzRequests } from "../support/fuzz.ts";

/** The long form, with twenty times as many, is test/long/fuzz.test.ts. */
const seed = 20_260_101;

describe("whatever is asked", () => {
  test("there is an answer, and it is a Status or a known document [wire 10] [trap 7]", async () => {
    const { requests, counterexample } = await fuzzRequests({ requests: 4_500, seed });
    expect(counterexample).toBe("");
    expect(requests).toBe(4_500);
  }, 30_000);
});

describe("whatever Prometheus answers", () => {
  test("there is an answer, and every value in it is one that Prometheus gave [wire 9] [trap 11]", async () => {
    const { requests, counterexample } = await fuzzBackend({ requests: 500, seed });
    expect(counterexample).toBe("");
    expect(requests).toBe(500);
  }, 30_000);
});
