import { expect, test } from "vitest";
import { fuzzBackend, fuzzRequests } from "../support/fuzz.ts";

/** Other requests each time; FUZZ_SEED repeats a run. The short form is test/contract/fuzz.test.ts. */
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

test.for([
  ["anything is asked", fuzzRequests, 80_000],
  ["Prometheus answers anything", fuzzBackend, 20_000],
] as const)("%s, and no answer is wrong [wire 10]", async ([what, fuzz, requests]) => {
  const report = await fuzz({ requests, seed });
  process.stdout.write(
    `${what}: ${report.requests} requests, FUZZ_SEED=${seed}, answers by code ${JSON.stringify(report.codes)}\n`,
  );
  expect(report.counterexample).toBe("");
  expect(report.requests).toBe(requests);
});
