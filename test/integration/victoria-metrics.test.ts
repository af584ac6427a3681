import { beforeAll, describe, expect, test } from "vitest";
import { createSupervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { known, promql } from "../../src/promql/expression.ts";
import { newestSamples } from "../../src/promql/newest.ts";
import { coveredRate } from "../../src/promql/rate.ts";
import { createPrometheus } from "../../src/query/prometheus.ts";
import { startBackfilledPrometheus, startBackfilledVictoriaMetrics } from "../support/backfill.ts";
import { engines } from "../support/engines.ts";
import { checkGauges } from "../support/gauge-cases.ts";
import { nothingOf } from "../support/promtool.ts";
import { prometheusAt } from "../support/provider.ts";
import { checkRates } from "../support/rate-cases.ts";
import { fineness, inputSeries, storedOf } from "../support/scrapes.ts";

const intervalMs = 30_000;
const { evaluate } = engines.VictoriaMetrics;
/** Prometheus 3 takes minutes to build where there is none: it is for the tests that take long. */
const both = [
  ["Prometheus", engines.Prometheus],
  ["VictoriaMetrics", engines.VictoriaMetrics],
] as const;

// The first run builds it.
beforeAll(engines.VictoriaMetrics.describe);

describe("a test of an engine is the same for each:", () => {
  const input = [
    { series: String.raw`a{path="C:\\x",quoted="\"é\""}`, values: "0+15x2 _x2 -7.5 stale" },
    { series: "b", values: "_ 1+0x9" },
  ];
  const labels = String.raw`{path="C:\\x",quoted="\"é\""}`;

  test.for(both)("%s", async ([, { evaluate: evaluateOn }]) => {
    const expectations = [
      ...[0, 15, 30, 30, 30, -7.5].map((value, slot) => ({
        expr: "a + 0",
        eval_time: `${slot * 10 + 5}s`,
        exp_samples: [{ labels, value }],
      })),
      nothingOf("a", 65_000),
      nothingOf("b", 5_000),
      { expr: "b", eval_time: "15s", exp_samples: [{ labels: "b", value: 1 }] },
    ];
    expect(await evaluateOn("10s", [{ input, expectations }])).toBe("");
  });

  test.for([
    ["another value", { expr: "b", eval_time: "15s", exp_samples: [{ labels: "b", value: 2 }] }],
    ["another label", { expr: "b", eval_time: "15s", exp_samples: [{ labels: 'b{x="y"}', value: 1 }] }],
    ["nothing", { expr: "b", eval_time: "5s", exp_samples: [{ labels: "b", value: 1 }] }],
    ["something", { expr: "b", eval_time: "15s", exp_samples: [] }],
    ["an error", { expr: "b b", eval_time: "15s", exp_samples: [] }],
  ] as const)("VictoriaMetrics' complains of %s", async ([, expectation]) => {
    expect(await evaluate("10s", [{ input, expectations: [expectation] }])).toContain(expectation.expr);
  });
});

test("rateOf() reads half a core on VictoriaMetrics, too", async () => {
  const { cases, complaints } = await checkRates({ intervalMs, windowMs: 4 * intervalMs, evaluate });
  expect(complaints).toBe("");
  expect(cases).toBeGreaterThan(6_000);
});

test("gaugeOf() reads what was true within two intervals on VictoriaMetrics, too", async () => {
  const { cases, complaints } = await checkGauges({ intervalMs, evaluate });
  expect(complaints).toBe("");
  expect(cases).toBeGreaterThan(6_000);
});

const subject = [known("namespace"), known("name")];

// VictoriaMetrics' irate() and idelta() take a sample of before their window where there is only one in it.
test.for(both)(
  "coveredRate() takes no slope over a longer gap than its two samples may have, on %s",
  async ([, engine]) => {
    const life = {
      name: "is made anew, and is busy before it is seen",
      stays: [
        { node: "n1", from: 0, to: 9.1, valueAt: (time: number) => time / 2 },
        { node: "n1", from: 12.1, to: 100, valueAt: (time: number) => 20 + (time - 12.3) / 2 },
      ],
    };
    // Scraped at 9 by one job, at 12.3 by another that writes the same series.
    const scrapers = [
      { labels: 'job="a"', to: 9.1, marks: false },
      { labels: 'job="a"', phase: 0.3, from: 12 },
    ];
    const input = inputSeries("cpu", 'name="vm"', storedOf(life, scrapers, 24), intervalMs / 1_000);
    const labels = { subject, place: known("node"), parts: [], job: known("job"), replica: [] };
    const rate = coveredRate(known("cpu"), [], labels, { intervalMs, windowMs: 4 * intervalMs });
    const wrong = promql`abs(${rate} - 0.5) > 0.01`;
    const times = Array.from({ length: 24 }, (_, index) => 12 + index / 2);
    const expectations = times.map((scrape) => nothingOf(wrong, scrape * intervalMs));
    expect(await engine.evaluate(`${intervalMs / fineness}ms`, [{ input, expectations }])).toBe("");
  },
);

// VictoriaMetrics' `timestamp()` does not heed markers.
test.for(both)("newestSamples() leaves out a series as soon as its end is marked, on %s", async ([, engine]) => {
  const life = {
    name: "moves",
    stays: [
      { node: "n1", from: 0, to: 12.3, valueAt: () => 9 },
      { node: "n2", from: 12.3, to: 100, valueAt: () => 7 },
    ],
  };
  const input = inputSeries("gauge", 'name="vm"', storedOf(life, [{ labels: 'job="a"' }], 20));
  const samples = newestSamples(known("gauge"), [], {
    subject,
    intervalMs,
    maxAgeMs: 4 * intervalMs,
    overlapMs: intervalMs,
  });
  // The source is scraped at 12, and at 13 in vain; the target at 12.5.
  const expectations = Object.entries({ 12.4: 9, 12.6: 9, 12.9: 9, 13.1: 7, 13.4: 7, 14: 7 }).map(
    ([scrape, value]) => ({
      expr: promql`max by (${subject}) (${samples})`,
      eval_time: `${Number(scrape) * intervalMs}ms`,
      exp_samples: [{ labels: '{namespace="shop",name="vm"}', value }],
    }),
  );
  expect(await engine.evaluate(`${intervalMs / fineness}ms`, [{ input, expectations }])).toBe("");
});

test.for([
  ["Prometheus", startBackfilledPrometheus],
  ["VictoriaMetrics", startBackfilledVictoriaMetrics],
] as const)("a question is answered with the newest samples, on %s", async ([, start]) => {
  await using supervisor = createSupervisor();
  const { url, nowMs } = await start({
    supervisor,
    directory: await temporaryFolder(supervisor),
    series: [{ series: 'up{job="a"}', samples: [-60_000, -3_000].map((atMs) => ({ atMs, value: atMs })) }],
  });
  const query = createPrometheus(prometheusAt(url));
  const answers = await Promise.all([query(promql`up`), query(promql`timestamp(up) * 1000 - ${nowMs}`)]);
  const values = answers.map((answer) => (answer.ok ? answer.value[0]?.points[0]?.value : answer.error));
  expect(values).toEqual([-3_000, -3_000]);
});
