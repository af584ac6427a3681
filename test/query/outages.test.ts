import { describe, expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known, selector } from "../../src/promql/expression.ts";
import { type OnOutage, watchOutages } from "../../src/query/outages.ts";
import type { Series } from "../../src/query/prometheus.ts";
import { fail, ok, type Result } from "../../src/result.ts";

const good = ok([]);
const refused = fail({ kind: "backendRejected", detail: "parse error" } as const);
const gone = fail({ kind: "backendUnavailable", detail: "connect ECONNREFUSED" } as const);
const late = fail({ kind: "timedOut" } as const);

/** Asks at these seconds, and notes what is told and when. */
async function toldOf(
  course: readonly (readonly [atSeconds: number, answer: Result<readonly Series[], MetricError>])[],
): Promise<readonly (readonly [atSeconds: number, told: Parameters<OnOutage>[0]])[]> {
  const told: (readonly [number, Parameters<OnOutage>[0]])[] = [];
  let [nowSeconds, next]: [number, Result<readonly Series[], MetricError>] = [0, good];
  const query = watchOutages(
    () => Promise.resolve(next),
    (state) => told.push([nowSeconds, state]),
    () => nowSeconds * 1_000,
  );
  for (const [atSeconds, answer] of course) {
    [nowSeconds, next] = [atSeconds, answer];
    expect(await query(selector(known("up"), []))).toEqual(answer);
  }
  return told;
}

describe("watchOutages()", () => {
  test("tells of the first failure, and of the first answer after ten seconds without one", async () => {
    const course = [
      [1, good],
      [2, gone],
      [3, late],
      [4, good],
      [12.9, good],
      [13, good],
      [14, good],
      [15, late],
    ] as const;
    expect(await toldOf(course)).toEqual([
      [2, { failing: true, detail: "connect ECONNREFUSED" }],
      [13, { failing: false }],
      [15, { failing: true, detail: "no answer in time" }],
    ]);
  });

  test("tells once of a backend that fails every other question for an hour", async () => {
    const course = Array.from({ length: 3_600 }, (_, at) => [at, at % 2 === 0 ? late : good] as const);
    expect(await toldOf(course)).toHaveLength(1);
  });

  test("takes a refusal for an answer: the question is wrong, not the backend", async () => {
    expect((await toldOf([[1, refused]])).length).toBe(0);
    expect(
      (
        await toldOf([
          [1, gone],
          [11, refused],
        ])
      ).length,
    ).toBe(2);
  });
});
