import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { equals, known, type PromQL } from "../../src/promql/expression.ts";
import { createPrometheus, type QueryInstant, type Series } from "../../src/query/prometheus.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { gaugeOf, ofNodes, rateOf } from "../../src/vm/catalogue/kubevirt.ts";
import type { Exporter, Scope } from "../../src/vm/catalogue/vm-metric.ts";
import { lastSeen } from "../../src/vm/heartbeat.ts";
import { parseExposition } from "../sandbox/kubevirt/parse-exposition.ts";
import { type BackfilledPrometheus, type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { prometheusAt } from "../support/provider.ts";
import { lives } from "../support/rate-cases.ts";
import { shopScope } from "../support/scope.ts";
import { type Sample, storedOf } from "../support/scrapes.ts";
import { settings } from "../support/settings.ts";

const second = 1_000;
const intervalMs = 30 * second;
/** The last scrape of everything that goes on was that long ago. */
const agoMs = 7 * second;
const migrated = "kubevirt_vmi_migration_data_processed_bytes";

let supervisor: Supervisor;
let prometheus: BackfilledPrometheus;
let query: QueryInstant;

beforeAll(async () => {
  supervisor = createSupervisor();
  prometheus = await startBackfilledPrometheus({
    supervisor,
    directory: await temporaryFolder(supervisor),
    series: [...kubevirt(), ...ages(), ...migrations()],
  });
  query = createPrometheus(prometheusAt(prometheus.url));
});

afterAll(async () => {
  await supervisor.stop();
});

/** Each series that KubeVirt was seen to write, in ten scrapes; counters grow by two per second. */
function kubevirt(): readonly BackfillSeries[] {
  const text = readFileSync(join(import.meta.dirname, "../vectors/kubevirt/v1.9.0.prom"), "utf8");
  return [...parseExposition(text)].flatMap(([family, { type, series }]) =>
    series
      .filter(({ timestampMs }) => timestampMs === undefined)
      .map(({ labels, value }) => ({
        series: seriesName(family, { ...labels, job: "kubevirt-prometheus-metrics" }),
        samples: Array.from({ length: 10 }, (_, index) => ({
          atMs: (index - 9) * intervalMs - agoMs,
          value: type === "counter" ? value + (2 * index * intervalMs) / second : value,
        })),
      })),
  );
}

function seriesName(family: string, labels: Readonly<Record<string, string>>): string {
  return `${family}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",")}}`;
}

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

function scopeOf(namespace: string): Scope {
  const scope = shopScope({ intervalMs, windowMs: 4 * intervalMs });
  return { ...scope, matchers: [equals(scope.labels.namespace, namespace)] };
}

/** What the first source of a metric says, by virtual machine. */
async function figuresOf(metric: string, namespace: string): Promise<ReadonlyMap<string, number | undefined>> {
  const source = catalogue.find(({ name }) => name === metric)?.sources[0];
  if (source === undefined) throw new Error(`No metric ${metric}`);
  const answer = await ask(source.expression(scopeOf(namespace)));
  expect(answer.filter(({ labels }) => Object.keys(labels).toSorted().join() !== "name,namespace")).toEqual([]);
  const figures = answer.map(({ labels, points }) => [labels["name"] ?? "", points[0]?.value] as const);
  expect(new Set(figures.map(([name]) => name)).size).toBe(figures.length);
  return new Map(figures);
}

describe("the catalogue reads KubeVirt's own series, one figure for each virtual machine:", () => {
  test.for([
    ["cpu-usageCores", "team-a-b", "vm0", 2],
    ["cpu-usageCores", "team-a-b", "hung", undefined],
    ["cpu-usageRatio", "team-a-b", "vm0", 0.666666667],
    ["cpu-usageRatio", "a", "vm0", 1],
    ["memory-residentBytes", "team-a-b", "vm0", 928_768_000],
    ["guest-memoryUsedBytes", "team-a-b", "vm0", 3_170_018_304 - 416_768_000],
    ["network-receiveBytesPerSecond", "team-a-b", "vm0", 4],
    ["network-transmitBytesPerSecond", "team-a-b", "vm0", 4],
    ["storage-readBytesPerSecond", "team-a-b", "vm0", 4],
    ["guest-stateCode", "team-a-b", "vm0", 1],
    ["guest-stateCode", "team-a-b", "hung", 1],
    ["guest-stateCode", "team-a", "new", 0],
    ["guest-stateCode", "a", "vm0", 3],
    ["guest-stateCode", "a", "stopped.vm", undefined],
    ["guest-stateEvictableBoolean", "a", "vm0", 1],
    ["guest-stateEvictableBoolean", "a", "rs-webk7x2q", 0],
  ] as const)("%s of %s/%s is %s", async ([metric, namespace, name, value]) => {
    const { [name]: figure } = Object.fromEntries(await figuresOf(metric, namespace));
    expect(figure === undefined ? figure : Number(figure.toFixed(9))).toBe(value);
  });

  test("every metric has one", async () => {
    const figures = await Promise.all(catalogue.map(async ({ name }) => (await figuresOf(name, "a")).size));
    expect(figures.filter((size) => size === 0)).toEqual([]);
  });
});

test("rateOf() reads half a core at every age, from a Prometheus that runs", async () => {
  const answer = await ask(rateOf("cpu")(scopeOf("shop")));
  const wrong = answer.filter(({ points }) => Math.abs((points[0]?.value ?? NaN) / 0.5 - 1) > 0.1);
  expect(wrong).toEqual([]);
  // Only those that have just begun have no figure.
  expect(answer.length).toBeGreaterThan(0.9 * lives.length * watched.length * moments.length);
});

describe("a series with timestamps of its own, which stays visible for five minutes after its end,", () => {
  const valueOf: Readonly<Record<string, number>> = { runs: 7, ended: 7, again: 7 };

  test("has a figure while that is not too old, from the migration that was last", async () => {
    const answer = await ask(gaugeOf(migrated, ofNodes)(scopeOf("shop")));
    expect(Object.fromEntries(answer.map(({ labels, points }) => [labels["name"], points[0]?.value]))).toEqual(valueOf);
  });

  test("tells its time if it is a heartbeat of its own", async () => {
    const exporter: Exporter = { name: "virt-handler, migrations", heartbeat: [known(migrated)] };
    const answer = await ask(lastSeen(exporter, scopeOf("shop"), { spanMs: 4 * intervalMs, intervalMs }));
    const times = answer.map(({ labels, points }) => {
      const seconds = points[0]?.value ?? NaN;
      return [labels["name"], Math.round((seconds * second - prometheus.nowMs) / second)];
    });
    expect(Object.fromEntries(times)).toMatchObject({ runs: -5, ended: -100, again: -5 });
  });
});
