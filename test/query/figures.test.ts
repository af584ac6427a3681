import { describe, expect, test } from "vitest";
import { duration, equals, known, promql, type PromQL } from "../../src/promql/expression.ts";
import { createFigures, type FiguresOptions } from "../../src/query/figures.ts";
import type { Plan, Snapshot } from "../../src/query/snapshot.ts";
import { fail, ok } from "../../src/result.ts";
import type { Exporter, VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { vmi } from "../support/inventory.ts";

const handler: Exporter = { name: "virt-handler", heartbeat: [known("handler_seen")] };
const collectd: Exporter = { name: "collectd", heartbeat: [known("collectd_seen")] };
function expression(name: string): () => PromQL {
  return () => promql`${known(name)}`;
}
const metric: VmMetric = {
  name: "cpu-usageCores",
  unit: "Cores",
  kind: "rate",
  help: "For tests.",
  stability: "ALPHA",
  sources: [
    { name: "new", exporter: handler, expression: expression("new_values") },
    { name: "old", exporter: collectd, expression: expression("old_values") },
  ],
};

/** Values by series, then by the name of the virtual machine. The clock of Prometheus stands at 1,000 s. */
type Samples = Readonly<Record<string, Readonly<Record<string, number>>>>;

function setUp(samples: Samples, options: Partial<FiguresOptions> = {}) {
  const asked: string[] = [];
  function snapshots({ expr }: Plan) {
    asked.push(expr);
    const [series] = Object.keys(samples).filter((name) => expr.includes(name));
    const values = samples[series ?? ""] ?? {};
    const snapshot: Snapshot = { valueOf: (_, name) => values[name], timeMs: () => 1_000_000 };
    return Promise.resolve(ok(snapshot));
  }
  const figures = createFigures({
    snapshots,
    scrapeIntervalOf: () => Promise.resolve(ok(15_000)),
    labels: { namespace: known("namespace"), name: known("name"), job: known("job"), replica: [] },
    matchers: [],
    wallClock: () => 1_000_000,
    ...options,
  });
  return { figures, asked };
}

async function figureOf(name: string, samples: Samples, options: Partial<FiguresOptions> = {}) {
  const old = vmi(name);
  const answer = await setUp(samples, options).figures(metric, "shop", [old]);
  return answer.ok ? answer.value.of(old) : answer.error;
}

describe("a figure", () => {
  test.for<[string, Samples, object]>([
    [
      "of a fresh sample",
      { handler_seen: { vm: 990 }, new_values: { vm: 1 } },
      { state: "reporting", value: 1, timestampMs: 990_000, ageMs: 10_000 },
    ],
    [
      "that is zero",
      { handler_seen: { vm: 990 }, new_values: { vm: 0 } },
      { state: "reporting", value: 0, timestampMs: 990_000, ageMs: 10_000 },
    ],
    ["of a virtual machine without a value", { handler_seen: { vm: 990 } }, { state: "notReported" }],
    ["of one that is not seen, though its rate lingers", { new_values: { vm: 1 } }, { state: "unseen" }],
    [
      "of an old sample",
      { handler_seen: { vm: 800 }, new_values: { vm: 1 } },
      { state: "stale", timestampMs: 800_000, ageMs: 200_000 },
    ],
    [
      "from the second source",
      { collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000 },
    ],
    [
      "from the first of two sources",
      { handler_seen: { vm: 980 }, new_values: { vm: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 1, timestampMs: 980_000, ageMs: 20_000 },
    ],
    [
      "from the second source when the first is stale",
      { handler_seen: { vm: 800 }, new_values: { vm: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000 },
    ],
    [
      "of a virtual machine that another node's exporter names differently",
      { handler_seen: { other: 990 }, new_values: { other: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000 },
    ],
  ])("%s", async ([, samples, figure]) => {
    expect(await figureOf("vm", samples)).toEqual(figure);
  });

  test("is as old as vms.maxAge allows", async () => {
    const samples = { handler_seen: { vm: 800 }, new_values: { vm: 1 } };
    expect(await figureOf("vm", samples, { maxAgeMs: 300_000 })).toMatchObject({ state: "reporting" });
  });
});

describe("the time", () => {
  test.for<[string, number | undefined, Partial<FiguresOptions>, number | undefined, number]>([
    ["window is at least a minute, age at least two", 10_000, {}, 60_000, 120_000],
    ["both are four scrape intervals", 60_000, {}, 240_000, 240_000],
    ["the configured ones count", 15_000, { windowMs: 45_000, maxAgeMs: 70_000 }, 45_000, 70_000],
    ["a window is never below two intervals", 30_000, { windowMs: 45_000 }, 60_000, 120_000],
    ["no window is known without an interval", undefined, {}, undefined, 120_000],
  ])("%s", async ([, intervalMs, options, windowMs, maxAgeMs]) => {
    const { figures } = setUp({}, { scrapeIntervalOf: () => Promise.resolve(ok(intervalMs)), ...options });
    const answer = await figures(metric, "shop", [vmi("vm")]);
    expect(answer.ok && [answer.value.windowMs, answer.value.maxAgeMs]).toEqual([windowMs, maxAgeMs]);
  });

  test("a rate is not asked for while the scrape interval is not known", async () => {
    const { figures, asked } = setUp({}, { scrapeIntervalOf: () => Promise.resolve(ok(undefined)) });
    await figures(metric, "shop", [vmi("vm")]);
    expect(asked.filter((expr) => expr.includes("values"))).toEqual([]);
  });
});

test("lastSeen() asks all exporters about the given names since the given time, and takes the newest sample", async () => {
  const { figures, asked } = setUp({ handler_seen: { a: 500 }, collectd_seen: { a: 600 } });
  const answer = await figures(metric, "shop", [vmi("vm")]);
  const seen = answer.ok ? await answer.value.lastSeen(["b", "a"], 400_000) : answer;
  expect(seen).toEqual(ok(new Map([["a", 600_000]])));
  expect(asked.at(-1)).toBe(
    'max by (namespace, name) (max_over_time((timestamp(collectd_seen{namespace="shop",name=~"a|b"}))[600s:15s]) ' +
      'or max_over_time((timestamp(collectd_seen{namespace="shop",name=~"a|b"}))[600s:300s]))',
  );
});

test("an error of one question is the error of all", async () => {
  const { figures } = setUp({}, { snapshots: () => Promise.resolve(fail({ kind: "timedOut" })) });
  expect(await figures(metric, "shop", [vmi("vm")])).toEqual(fail({ kind: "timedOut" }));
});

describe("a young virtual machine", () => {
  /** The windows that are asked for, with a scrape interval of 15 s and a window of 60 s. */
  async function windowsOf(...ranForSeconds: readonly number[]): Promise<readonly string[]> {
    const asked: string[] = [];
    const { figures } = setUp(
      {},
      {
        snapshots: ({ expr }) => {
          asked.push(expr);
          return Promise.resolve(ok({ valueOf: () => undefined, timeMs: () => undefined }));
        },
      },
    );
    const windowed: VmMetric = {
      ...metric,
      sources: [{ name: "s", exporter: handler, expression: ({ rate }) => promql`${duration(rate.windowMs)}` }],
    };
    const vmis = ranForSeconds.map((seconds) => vmi(`ran-${seconds}`, { runningSinceMs: 1_000_000 - seconds * 1_000 }));
    await figures(windowed, "shop", vmis);
    return asked.filter((expr) => /^\d+s$/u.test(expr));
  }

  test.for<[string, readonly number[], readonly string[]]>([
    ["has no rate in its first scrapes", [0, 20, 44], []],
    ["is asked about the time since its guest runs, less an interval", [45, 60], ["30s", "45s"]],
    ["is asked about the whole window when it has run for longer", [75, 90, 1_000], ["60s"]],
  ])("%s", async ([, ranForSeconds, windows]) => {
    expect(await windowsOf(...ranForSeconds)).toEqual(windows);
  });
});

test("matchers select one of several clusters in every question", async () => {
  const matchers = [equals(known("cluster"), "a")];
  const selected: unknown[] = [];
  const { figures, asked } = setUp(
    {},
    {
      matchers,
      scrapeIntervalOf: (_, selectors) => {
        selected.push(selectors);
        return Promise.resolve(ok(15_000));
      },
    },
  );
  await figures(metric, "shop", [vmi("vm")]);
  expect(selected[0]).toEqual([...matchers, equals(known("namespace"), "shop")]);
  expect(asked.filter((expr) => expr.includes("seen"))).toEqual([
    'max by (namespace, name) (timestamp(handler_seen{cluster="a",namespace="shop"}))',
    'max by (namespace, name) (timestamp(collectd_seen{cluster="a",namespace="shop"}))',
  ]);
});

test("lastSeen() of very many names asks for the namespace, which makes a short question", async () => {
  const { figures, asked } = setUp({ handler_seen: { "vm-7": 500 } });
  const answer = await figures(metric, "shop", [vmi("vm")]);
  const names = Array.from({ length: 101 }, (_, index) => `vm-${index}`);
  const seen = answer.ok ? await answer.value.lastSeen(names, 400_000) : answer;
  expect(seen).toEqual(ok(new Map([["vm-7", 500_000]])));
  expect(asked.at(-1)).toContain('timestamp(collectd_seen{namespace="shop"})');
});
