import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { PromQL } from "../../src/promql/expression.ts";
import { createPrometheus, type QueryInstant, type Series } from "../../src/query/prometheus.ts";
import { gaugeOf, ofNodes, rateOf } from "../../src/vm/catalogue/expressions.ts";
import { lastSeen } from "../../src/vm/heartbeat.ts";
import { type BackfilledPrometheus, type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { prometheusAt } from "../support/provider.ts";
import { lives } from "../support/rate-cases.ts";
import { exporter, shopScope } from "../support/scope.ts";
import { type Sample, storedOf } from "../support/scrapes.ts";
import { settings } from "../support/settings.ts";

const second = 1_000;
const intervalMs = 30 * second;
const migrated = "kubevirt_vmi_migration_data_processed_bytes";

let supervisor: Supervisor;
let prometheus: BackfilledPrometheus;
let query: QueryInstant;

beforeAll(async () => {
  supervisor = createSupervisor();
  prometheus = await startBackfilledPrometheus({
    supervisor,
    directory: await temporaryFolder(supervisor),
    series: [...ages(), ...migrations()],
  });
  query = createPrometheus(prometheusAt(prometheus.url));
});

afterAll(async () => {
  await supervisor.stop();
});

const watched = ["one Prometheus", "an HA pair of which one dies", "virt-handlers that are replaced"];
/** When the lives are asked for, in scrape intervals after their beginning. */
const moments = Array.from({ length: 24 }, (_, index) => 12.5 + index / 2);

/** A virtual machine for each life, setting and moment. */
function ages(): readonly BackfillSeries[] {
  return watched.flatMap((setting) =>
    lives.flatMap((life) =>
      moments.flatMap((moment) =>
        [...storedOf(life, settings[setting] ?? [], moment)].map(([labels, samples]) => ({
          series: `cpu{namespace="shop",name="${life.name}, scraped by ${setting}, at ${moment}",${labels}}`,
          samples: samples.flatMap((sample) => beforeNow(sample, moment)),
        })),
      ),
    ),
  );
}

/** Backfilled series have no markers. */
function beforeNow({ time, value }: Sample, moment: number): BackfillSeries["samples"] {
  const scale = intervalMs / second;
  return value === "stale" ? [] : [{ atMs: Math.round((time - moment) * intervalMs), value: value * scale }];
}

/** Series with timestamps of their own, one every five seconds while a migration runs. */
function migrations(): readonly BackfillSeries[] {
  function migration(name: string, node: string, fromMs: number, toMs: number, value: number): BackfillSeries {
    const count = Math.floor((toMs - fromMs) / 5_000) + 1;
    return {
      series: `${migrated}{namespace="shop",name="${name}",node="${node}",job="a"}`,
      samples: Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index * 5_000, value })),
    };
  }
  return [
    migration("runs", "n1", -60_000, -5_000, 7),
    migration("ended", "n1", -150_000, -100_000, 7),
    migration("ended long ago", "n1", -200_000, -150_000, 7),
    migration("again", "n1", -200_000, -80_000, 900),
    migration("again", "n2", -40_000, -5_000, 7),
  ];
}

async function ask(expr: PromQL): Promise<readonly Series[]> {
  const answer = await query(expr);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}

/** All that is asked is of namespace `shop`. */
const scope = shopScope({ intervalMs, windowMs: 4 * intervalMs });

test("rateOf() reads half a core at every age, from a Prometheus that runs", async () => {
  const answer = await ask(rateOf({ series: "cpu" })(scope));
  const wrong = answer.filter(({ points }) => Math.abs((points[0]?.value ?? NaN) / 0.5 - 1) > 0.1);
  expect(wrong).toEqual([]);
  // Only those that have just begun have no figure.
  expect(answer.length).toBeGreaterThan(0.9 * lives.length * watched.length * moments.length);
});

describe("a series with timestamps of its own, which stays visible for five minutes after its end,", () => {
  const valueOf: Readonly<Record<string, number>> = { runs: 7, ended: 7, again: 7 };

  test("has a figure while that is not too old, from the migration that was last", async () => {
    const answer = await ask(gaugeOf({ series: migrated }, ofNodes)(scope));
    expect(Object.fromEntries(answer.map(({ labels, points }) => [labels["name"], points[0]?.value]))).toEqual(valueOf);
  });

  test("tells its time if it is a heartbeat of its own", async () => {
    const answer = await ask(lastSeen(exporter("migrations", migrated), scope, { spanMs: 4 * intervalMs, intervalMs }));
    const times = answer.map(({ labels, points }) => {
      const seconds = points[0]?.value ?? NaN;
      return [labels["name"], Math.round((seconds * second - prometheus.nowMs) / second)];
    });
    expect(Object.fromEntries(times)).toMatchObject({ runs: -5, ended: -100, again: -5 });
  });
});
