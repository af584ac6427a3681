import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { outputLabels } from "../../src/promql/output-labels.ts";
import { parsePromQL } from "../../src/promql/parse.ts";
import { valueTypeOf } from "../../src/promql/value-type.ts";
import { type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { calls, grammatical, refused, typed, ungrammatical } from "../support/promql-cases.ts";
import { randomPromQL } from "../support/random-promql.ts";
import kubevirtQueries from "../vectors/kubevirt-queries.json" with { type: "json" };

interface Answer {
  readonly status: "success" | "error";
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly { readonly metric?: object }[] };
}

let supervisor: Supervisor;
let url: string;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  ({ url } = await startBackfilledPrometheus({ supervisor, directory, series: ["x", "y"].flatMap(seriesOf) }));
});

afterAll(async () => {
  await supervisor.stop();
});

/** Series that all carry the labels a, b and c. */
function seriesOf(name: string): readonly BackfillSeries[] {
  const labels = ["1", "2"].flatMap((a) =>
    ["1", "2"].flatMap((b) => ["1", "2"].map((c) => `a="${a}",b="${b}",c="${c}"`)),
  );
  return labels.map((each, index) => ({
    series: `${name}{${each}}`,
    samples: Array.from({ length: 20 }, (_, step) => ({ atMs: (step - 20) * 15_000, value: index + step })),
  }));
}

async function ask(query: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query }) });
  return (await response.json()) as Answer;
}

/** Whether Prometheus takes an expression, whatever comes of it. */
function isTaken({ errorType }: Answer): boolean {
  return errorType !== "bad_data";
}

function isTakenHere(query: string): boolean {
  const parsed = parsePromQL(query);
  return parsed.ok && valueTypeOf(parsed.value).ok;
}

describe("Prometheus takes", () => {
  test.for([...typed.map(([text]) => text), ...grammatical, ...kubevirtQueries])("%s", async (text) => {
    expect(isTaken(await ask(text))).toBe(true);
    expect(isTakenHere(text)).toBe(true);
  });
});

test("Prometheus takes each function as it is described, unless it is older than the function", async () => {
  const answers = await Promise.all(calls.map(async (text) => ({ text, answer: await ask(text) })));
  const refusals = answers.filter(({ answer }) => !isTaken(answer) && !answer.error?.includes("unknown function"));
  expect(refusals).toEqual([]);
  expect(answers.filter(({ answer }) => isTaken(answer)).length).toBeGreaterThan(60);
});

describe("Prometheus refuses", () => {
  test.for([...refused.map(([text]) => text), ...ungrammatical])("%s", async (text) => {
    expect(isTaken(await ask(text))).toBe(false);
    expect(isTakenHere(text)).toBe(false);
  });
});

test("of random expressions Prometheus takes the same, and answers with the labels that are expected", async () => {
  const texts = fc.sample(randomPromQL, 3_000);
  const seen = { exact: 0, refused: 0 };
  for (const text of new Set(texts)) {
    const answer = await ask(text);
    expect({ text, taken: isTakenHere(text) }).toEqual({ text, taken: isTaken(answer) });
    if (!isTaken(answer)) seen.refused += 1;
    if (answer.status === "success" && answer.data?.resultType === "vector" && hasLabels(text, answer)) seen.exact += 1;
  }
  // Otherwise nothing was compared.
  expect(seen.exact).toBeGreaterThan(150);
  expect(seen.refused).toBeGreaterThan(20);
});

/** Whether it was known which labels there are, and something came of it. */
function hasLabels(text: string, { data }: Answer): boolean {
  const parsed = parsePromQL(text);
  if (!parsed.ok) return false;
  const labels = outputLabels(parsed.value);
  if ("unknown" in labels) return false;
  const found = (data?.result ?? []).map(({ metric = {} }) => Object.keys(metric).toSorted());
  expect({ text, found }).toEqual({ text, found: found.map(() => labels.exactly) });
  return found.length > 0;
}
