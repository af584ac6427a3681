import { expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known, selector } from "../../src/promql/expression.ts";
import { type OnOutage, watchOutages } from "../../src/query/outages.ts";
import type { Series } from "../../src/query/prometheus.ts";
import { fail, ok, type Result } from "../../src/result.ts";

test("watchOutages() tells of the first failure and of the first answer after it", async () => {
  const answers: readonly Result<readonly Series[], MetricError>[] = [
    ok([]),
    fail({ kind: "backendRejected", detail: "parse error" }),
    fail({ kind: "backendUnavailable", detail: "connect ECONNREFUSED" }),
    fail({ kind: "timedOut" }),
    ok([]),
    ok([]),
    fail({ kind: "timedOut" }),
  ];
  const told: Parameters<OnOutage>[0][] = [];
  const left = answers.values();
  const query = watchOutages(
    () => Promise.resolve(left.next().value ?? ok([])),
    (state) => told.push(state),
  );
  for (const answer of answers) expect(await query(selector(known("up"), []))).toEqual(answer);
  expect(told).toEqual([
    { failing: true, detail: "connect ECONNREFUSED" },
    { failing: false },
    { failing: true, detail: "no answer in time" },
  ]);
});
