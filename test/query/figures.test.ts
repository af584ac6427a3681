import { describe, expect, test } from "vitest";
import { duration, equals, known, promql, type PromQL } from "../../src/promql/expression.ts";
import { createFigures, type FiguresOptions } from "../../src/query/figures.ts";
import type { Decision } from "../../src/query/decision.ts";
import type { Plan, Snapshot } from "../../src/query/snapshot.ts";
import { fail, ok } from "../../src/result.ts";
import type { Source, VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import type { Exporter } from "../../src/vm/exporter.ts";
import type { Migration } from "../../src/vm/objects.ts";
import { ignore } from "../support/ignore.ts";
import { vmi } from "../support/inventory.ts";
import { exporter, seriesLabels } from "../support/scope.ts";

const handler = exporter("virt-handler", "handler_seen");
const collectd = exporter("collectd", "collectd_seen");

function source(series: string, by: Exporter, asks: Source["expression"]): Source {
  return { series, versions: "for tests", exporter: by, expression: asks };
}

function expression(name: string): () => PromQL {
  return () => promql`${known(name)}`;
}
const metric: VmMetric = {
  name: "cpu-usageCores",
  unit: "Cores",
  kind: "rate",
  help: "For tests.",
  stability: "ALPHA",
  since: "0.1",
  sources: [source("new", handler, expression("new_values")), source("old", collectd, expression("old_values"))],
};

/**
 * Values by series, then by the name of the virtual machine; `past` are the times at which those that are not seen of late
 * were seen. The clock of Prometheus stands at 1,000 s.
 */
type Samples = Readonly<Record<string, Readonly<Record<string, number>>>>;

function setUp(samples: Samples, options: Partial<FiguresOptions> = {}) {
  const asked: string[] = [];
  function snapshots({ expr }: Plan) {
    asked.push(expr);
    const series = expr.includes("[600s:") ? "past" : Object.keys(samples).find((name) => expr.includes(name));
    return Promise.resolve(ok(snapshot(samples[series ?? ""] ?? {})));
  }
  const figures = createFigures({
    snapshots,
    scrapeIntervalOf: () => Promise.resolve(ok(15_000)),
    labels: seriesLabels,
    matchers: [],
    ephemeralModeOf: () => ({ mode: "live" }),
    wallClock: () => 1_000_000,
    ...options,
  });
  return { figures, asked };
}

/** All devices of a metric together. */
function of(each: VmMetric) {
  return { metric: each, devices: [] };
}

function snapshot(values: Readonly<Record<string, number>>, evaluatedAtMs = 1_000_000): Snapshot {
  return {
    valueOf: (_, name) => values[name],
    takenAt: () => undefined,
    timeMs: () => 1_000_000,
    evaluatedAtMs,
  };
}

async function figureOf(name: string, samples: Samples, options: Partial<FiguresOptions> = {}) {
  const old = vmi(name);
  const answer = await setUp(samples, options).figures(of(metric), "shop", [old], ignore);
  return answer.ok ? answer.value.of(old) : answer.error;
}

describe("a figure", () => {
  test.for<[string, Samples, object]>([
    [
      "of a fresh sample",
      { handler_seen: { vm: 990 }, new_values: { vm: 1 } },
      { state: "reporting", value: 1, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
    [
      "that is zero",
      { handler_seen: { vm: 990 }, new_values: { vm: 0 } },
      { state: "reporting", value: 0, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
    ["of a virtual machine without a value", { handler_seen: { vm: 990 } }, { state: "notReported" }],
    ["of one that was never seen, though there is a rate of its name", { new_values: { vm: 1 } }, { state: "unseen" }],
    [
      "of one that has not been seen of late",
      { new_values: { vm: 1 }, past: { vm: 800 } },
      { state: "stale", timestampMs: 800_000, ageMs: 200_000, maxAgeMs: 120_000 },
    ],
    [
      "of an old sample that is still visible",
      { handler_seen: { vm: 800 }, new_values: { vm: 1 } },
      { state: "stale", timestampMs: 800_000, ageMs: 200_000, maxAgeMs: 120_000 },
    ],
    [
      "from the second source",
      { collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
    [
      "from the first of two sources",
      { handler_seen: { vm: 980 }, new_values: { vm: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 1, timestampMs: 980_000, ageMs: 20_000, windowMs: 60_000 },
    ],
    [
      "from the second source when it is newer: an upgrade was rolled back",
      { handler_seen: { vm: 959 }, new_values: { vm: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
    [
      "from the second source while the first sees it and has no rate yet: an upgrade",
      { handler_seen: { vm: 990 }, collectd_seen: { vm: 960 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 960_000, ageMs: 40_000, windowMs: 60_000 },
    ],
    [
      "from the second source when the first is stale",
      { handler_seen: { vm: 800 }, new_values: { vm: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
    [
      "of a virtual machine that another node's exporter names differently",
      { handler_seen: { other: 990 }, new_values: { other: 1 }, collectd_seen: { vm: 990 }, old_values: { vm: 2 } },
      { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    ],
  ])("%s", async ([, samples, figure]) => {
    expect(await figureOf("vm", samples)).toEqual(figure);
  });

  test("is as old as vms.maxAge allows [wire 9]", async () => {
    const samples = { handler_seen: { vm: 800 }, new_values: { vm: 1 } };
    expect(await figureOf("vm", samples, { maxAgeMs: 300_000 })).toMatchObject({ state: "reporting" });
  });
});

describe("the window of a rate", () => {
  test.for<[string, number | undefined, Partial<FiguresOptions>, number | undefined]>([
    ["is at least a minute", 10_000, {}, 60_000],
    ["is four scrape intervals", 60_000, {}, 240_000],
    ["is as configured", 15_000, { windowMs: 45_000 }, 45_000],
    ["is never below two intervals", 30_000, { windowMs: 45_000 }, 60_000],
    ["is not known without an interval", undefined, {}, undefined],
  ])("%s", async ([, intervalMs, options, windowMs]) => {
    const { figures } = setUp({}, { scrapeIntervalOf: () => Promise.resolve(ok(intervalMs)), ...options });
    const answer = await figures(of(metric), "shop", [vmi("vm")], ignore);
    expect(answer.ok && answer.value.windowMs).toEqual(windowMs);
  });
});

describe("a sample", () => {
  test.for<[string, number | undefined, Partial<FiguresOptions>, number]>([
    ["may be two minutes old", 10_000, {}, 120],
    ["may be four scrape intervals old", 60_000, {}, 240],
    ["may be as old as is configured", 15_000, { maxAgeMs: 70_000 }, 70],
    ["may be two minutes old while the interval is not known", undefined, {}, 120],
  ])("%s", async ([, intervalMs, options, seconds]) => {
    const limits = { scrapeIntervalOf: () => Promise.resolve(ok(intervalMs)), ...options };
    const gauge: VmMetric = { ...metric, kind: "gauge" };
    const vms = [vmi("fresh"), vmi("old")];
    const seen = { fresh: 1_000 - seconds, old: 1_000 - seconds - 1 };
    const { figures } = setUp({ handler_seen: seen, new_values: { fresh: 1, old: 1 } }, limits);
    const answer = await figures(of(gauge), "shop", vms, ignore);
    expect(answer.ok && vms.map((vm) => answer.value.of(vm).state)).toEqual(["reporting", "stale"]);
  });
});

describe("a virtual machine without a value", () => {
  test.for<[number, object]>([
    [990, { state: "notReported" }],
    [970, { state: "notReported" }],
    [969, { state: "stale", timestampMs: 969_000, ageMs: 31_000, maxAgeMs: 30_000 }],
  ])("last seen at %d s, by a clock at 1,000 s and a scrape interval of 15 s: %j", async ([seconds, figure]) => {
    expect(await figureOf("vm", { handler_seen: { vm: seconds } })).toEqual(figure);
  });
});

describe("the time", () => {
  test("a rate is not asked for while the scrape interval is not known", async () => {
    const seen = { handler_seen: { vm: 990 } };
    const { figures, asked } = setUp(seen, { scrapeIntervalOf: () => Promise.resolve(ok(undefined)) });
    await figures(of(metric), "shop", [vmi("vm")], ignore);
    expect(asked.filter((expr) => expr.includes("values"))).toEqual([]);
  });
});

describe("the past", () => {
  const names = ["a", "b", "seen", "pending"];
  const vmis = names.map((name) =>
    vmi(name, { createdAtMs: 400_000, phase: name === "pending" ? "Pending" : "Running" }),
  );

  test("is asked about those that run and are not seen, and about them only", async () => {
    const { figures, asked } = setUp({ handler_seen: { seen: 990 }, past: { a: 500 } });
    const answer = await figures(of(metric), "shop", vmis, ignore);
    expect(answer.ok && vmis.map((each) => answer.value.of(each).state)).toEqual([
      "stale",
      "unseen",
      "notReported",
      "unseen",
    ]);
    expect(asked.at(-1)).toBe(
      'max by (namespace, name) (max_over_time(timestamp(collectd_seen{namespace="shop",name=~"a|b"})[600s:15s]) ' +
        'or max_over_time(timestamp(collectd_seen{namespace="shop",name=~"a|b"})[3600s:300s]))',
    );
  });

  test("is not asked when all are seen", async () => {
    const { figures, asked } = setUp({ handler_seen: { vm: 990 } });
    await figures(of(metric), "shop", [vmi("vm")], ignore);
    expect(asked.filter((expr) => expr.includes("[600s:"))).toEqual([]);
  });

  test("of very many is asked of the whole namespace, which makes a short question", async () => {
    const { figures, asked } = setUp({ past: { "vm-7": 500 } });
    const many = Array.from({ length: 500 }, (_, index) => vmi(`vm-${index}`, { createdAtMs: 400_000 }));
    const answer = await figures(of(metric), "shop", many, ignore);
    expect(answer.ok && many.map((each) => answer.value.of(each).state).indexOf("stale")).toBe(7);
    expect(asked.at(-1)).toContain('timestamp(collectd_seen{namespace="shop"})');
  });
});

test("a value that was asked for before the newest sample is as old as the asking", async () => {
  const { figures } = setUp(
    {},
    {
      snapshots: ({ expr }) =>
        Promise.resolve(ok(expr.includes("seen") ? snapshot({ vm: 990 }) : snapshot({ vm: 1 }, 950_000))),
    },
  );
  const vm = vmi("vm");
  const answer = await figures(of(metric), "shop", [vm], ignore);
  expect(answer.ok && answer.value.of(vm)).toMatchObject({ timestampMs: 950_000, ageMs: 50_000 });
});

test("an error of one question is the error of all", async () => {
  const { figures } = setUp({}, { snapshots: () => Promise.resolve(fail({ kind: "timedOut" })) });
  expect(await figures(of(metric), "shop", [vmi("vm")], ignore)).toEqual(fail({ kind: "timedOut" }));
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
          return Promise.resolve(ok({ ...snapshot({}), valueOf: () => (expr.includes("seen") ? 990 : 1) }));
        },
      },
    );
    const windowed: VmMetric = {
      ...metric,
      sources: [source("s", handler, ({ rate }) => promql`${duration(rate.windowMs)}`)],
    };
    const vmis = ranForSeconds.map((seconds) => vmi(`ran-${seconds}`, { runningSinceMs: 1_000_000 - seconds * 1_000 }));
    await figures(of(windowed), "shop", vmis, ignore);
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

function lastSeenOf(selector: string): string {
  return `max by (namespace, name) (timestamp(${selector}) or max_over_time(timestamp(${selector})[120s:7500ms]))`;
}

describe("a value that was asked for a while ago", () => {
  /** The rate over two intervals of 15 s, evaluated at 980 s: it reaches back to 950 s. */
  async function rateOf(runningSinceMs: number) {
    const { figures } = setUp(
      {},
      {
        snapshots: ({ expr }) =>
          Promise.resolve(ok(expr.includes("seen") ? snapshot({ vm: 990 }) : snapshot({ vm: 4 }, 980_000))),
      },
    );
    const young = vmi("vm", { createdAtMs: 940_000, runningSinceMs });
    const answer = await figures(of(metric), "shop", [young], ignore);
    return answer.ok ? answer.value.of(young) : answer.error;
  }

  test("counts for an instance that ran in all of its window, and not for one of which another had the name", async () => {
    expect(await rateOf(950_000)).toMatchObject({ state: "reporting", value: 4 });
    expect(await rateOf(951_000)).toEqual({ state: "notReported" });
  });
});

describe("a virtual machine that has no rate over its window", () => {
  const rate: VmMetric = {
    ...metric,
    sources: [source("s", handler, ({ rate: { windowMs } }) => promql`${duration(windowMs)}`)],
  };
  const names = ["always", "gap", "never", "young"];
  const vmis = names.map((name) => vmi(name, { runningSinceMs: name === "young" ? 940_000 : 0 }));

  test("is asked for over twice the window, if it has run for so long", async () => {
    const seen = Object.fromEntries(names.map((name) => [name, 990]));
    const samples = { handler_seen: seen, "120s": { gap: 2, always: 3 }, "60s": { always: 1 }, "45s": {} };
    const { figures, asked } = setUp(samples);
    const answer = await figures(of(rate), "shop", vmis, ignore);
    expect(answer.ok && vmis.map((each) => answer.value.of(each))).toMatchObject([
      { state: "reporting", value: 1, windowMs: 60_000 },
      { state: "reporting", value: 2, windowMs: 120_000 },
      { state: "notReported" },
      { state: "notReported" },
    ]);
    expect(asked.filter((expr) => /^\d+s$/u.test(expr))).toEqual(["60s", "45s", "120s"]);
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
  await figures(of(metric), "shop", [vmi("vm", { phase: "Pending" })], ignore);
  expect(selected[0]).toEqual([...matchers, equals(known("namespace"), "shop")]);
  expect(asked.filter((expr) => expr.includes("seen"))).toEqual([
    lastSeenOf('handler_seen{cluster="a",namespace="shop"}'),
    lastSeenOf('collectd_seen{cluster="a",namespace="shop"}'),
  ]);
});

test("the clock of the adapter does not count once Prometheus has said what time it is", async () => {
  const { figures } = setUp({ handler_seen: { vm: 990 } }, { wallClock: () => 1_060_000 });
  const answer = await figures(of(metric), "shop", [vmi("vm")], ignore);
  expect(answer).toMatchObject({ value: { nowMs: 1_000_000 } });
});

test("what was decided is told: how often exporters are scraped, and which source speaks for whom", async () => {
  const told: Decision[] = [];
  const { figures } = setUp({ collectd_seen: { vm: 990 }, old_values: { vm: 2 } });
  const vm = vmi("vm");
  const answer = await figures(of(metric), "shop", [vm], (decision) => told.push(decision));
  if (answer.ok) answer.value.of(vm);
  expect(told).toEqual([
    { at: "interval", exporter: "virt-handler", namespace: "shop", intervalMs: 15_000 },
    { at: "interval", exporter: "collectd", namespace: "shop", intervalMs: 15_000 },
    {
      at: "source",
      namespace: "shop",
      name: "vm",
      source: "old (for tests)",
      figure: { state: "reporting", value: 2, timestampMs: 990_000, ageMs: 10_000, windowMs: 60_000 },
    },
  ]);
});

describe("a source with times of its own", () => {
  const own: VmMetric = {
    ...metric,
    kind: "gauge",
    sources: [
      { ...source("own", handler, () => promql`${known("own_values")}`), time: () => promql`${known("own_times")}` },
    ],
  };

  const ended = { sourceNode: "n1", targetNode: "n2", targetPod: "p", startedAtMs: 500_000, endedAtMs: 700_000 };

  /** The clock stands at 1,000 s, and the exporter saw the machine at 990 s. */
  async function figureAt(
    takenAt: number | undefined,
    facts: Partial<VmMetric> = {},
    mode: "live" | "keepLast" = "live",
    migration: Migration = ended,
  ) {
    const asked: string[] = [];
    const { figures } = setUp(
      {},
      {
        ephemeralModeOf: () => ({ mode }),
        snapshots: ({ expr }) => {
          asked.push(expr);
          if (expr.includes("seen")) return Promise.resolve(ok(snapshot({ vm: 990 })));
          const values = takenAt === undefined ? {} : { vm: 7 };
          return Promise.resolve(ok({ ...snapshot(values), takenAt: () => takenAt }));
        },
      },
    );
    const vm = vmi("vm", { createdAtMs: 400_000, migration });
    const answer = await figures(of({ ...own, ...facts }), "shop", [vm], ignore);
    return { figure: answer.ok ? answer.value.of(vm) : answer.error, asked };
  }

  test("is asked for values and times at once, so that no value is told the time of another", async () => {
    const { asked } = await figureAt(980);
    expect(asked.at(-1)).toBe('(own_values) or (label_replace(own_times, "sample_time", "true", "name", ".*"))');
  });

  test.for<[string, number | undefined, object]>([
    [
      "is as old as its sample, whenever the exporter saw the machine",
      980,
      { state: "reporting", timestampMs: 980_000 },
    ],
    ["has no figure of a sample that is too old", 870, { state: "stale", timestampMs: 870_000 }],
    ["has no figure without a sample", undefined, { state: "notReported" }],
  ])("%s", async ([, takenAt, expected]) => {
    expect((await figureAt(takenAt)).figure).toMatchObject(expected);
  });

  test("keeps its place in the order of preference", async () => {
    const later = source("later", handler, expression("later_values"));
    // The other one is as new as the scrape.
    const facts = { sources: [...own.sources, later] };
    expect((await figureAt(980, facts)).figure).toMatchObject({ state: "reporting", timestampMs: 980_000 });
  });

  test("of migrations has not come yet while its newest sample is of an earlier one, however old that is", async () => {
    const running = { sourceNode: "n1", targetNode: "n2", targetPod: "p", startedAtMs: 995_000 };
    const { figure } = await figureAt(690, { ephemeral: true }, "live", running);
    expect(figure).toEqual({ state: "notReported" });
  });

  test.for<[string, number | undefined, "live" | "keepLast", object]>([
    ["has no figure of a migration that is over", 690, "live", { state: "idle" }],
    ["keeps the last, with its old time, where that is wanted", 690, "keepLast", { value: 7, timestampMs: 690_000 }],
    ["keeps nothing of an earlier machine of the name", 390, "keepLast", { state: "idle" }],
  ])("of migrations %s", async ([, takenAt, mode, expected]) => {
    expect((await figureAt(takenAt, { ephemeral: true }, mode)).figure).toMatchObject(expected);
  });

  test("reaches back to the newest migration where the last is kept, and as far as samples count where not", async () => {
    const reaching: VmMetric["sources"] = own.sources.map((each) => ({
      ...each,
      expression: ({ maxAgeMs }) => promql`${duration(maxAgeMs)}`,
    }));
    const facts = { ephemeral: true, sources: reaching } as const;
    expect((await figureAt(690, facts)).asked.at(-1)).toContain("(120s)");
    expect((await figureAt(690, facts, "keepLast")).asked.at(-1)).toContain("(960s)");
  });
});

describe("the second source", () => {
  const [told, both] = [{ new_values: { vm: 1 } }, { handler_seen: { vm: 960 }, collectd_seen: { vm: 990 } }];
  test.for<[string, Samples, Partial<Source>, boolean]>([
    ["is not asked about one that the first tells", { ...both, ...told }, {}, false],
    ["is asked about one that the first sees and does not tell", both, {}, true],
    ["is asked about one whose quotient by 0 the first tells", { ...both, new_values: { vm: NaN } }, {}, true],
    [
      "is asked about one that it saw later than another scrape",
      { ...both, ...told, handler_seen: { vm: 959 } },
      {},
      true,
    ],
    ["is asked about one that the first does not see", { ...both, handler_seen: {}, ...told }, {}, true],
    ["is not asked where it sees none", { handler_seen: { vm: 990 } }, {}, false],
    ["is asked for times of its own in any case", { ...both, ...told }, { time: expression("old_times") }, true],
  ])("%s", async ([, samples, more, isAsked]) => {
    const [first, second] = metric.sources;
    if (first === undefined || second === undefined) throw new Error("Two sources are needed");
    const gauge: VmMetric = { ...metric, kind: "gauge", sources: [first, { ...second, ...more }] };
    const { figures, asked } = setUp(samples);
    await figures(of(gauge), "shop", [vmi("vm")], ignore);
    expect(asked.some((expr) => expr.includes("old_values"))).toBe(isAsked);
  });

  test("is asked when the first tells some and not all", async () => {
    const { figures, asked } = setUp({
      handler_seen: { a: 990, b: 990 },
      collectd_seen: { a: 990, b: 990 },
      new_values: { a: 1 },
      old_values: { a: 2, b: 3 },
    });
    const [a, b] = [vmi("a"), vmi("b")];
    const answer = await figures(of({ ...metric, kind: "gauge" }), "shop", [a, b], ignore);
    expect(asked.filter((expr) => expr.includes("values"))).toEqual(["new_values", "old_values"]);
    expect(answer.ok && [answer.value.of(a), answer.value.of(b)]).toMatchObject([{ value: 1 }, { value: 3 }]);
  });
});

test("a source that calls devices by other names is not asked about one", async () => {
  const both: VmMetric = {
    ...metric,
    kind: "gauge",
    device: "interface",
    sources: [
      source("new", handler, expression("new_values")),
      { ...source("old", collectd, expression("old_values")), foreignDevices: true },
    ],
  };
  const samples = { handler_seen: { vm: 990 }, collectd_seen: { vm: 990 } };
  const { figures, asked } = setUp(samples);
  await figures({ metric: both, devices: [{ op: "=", value: "default" }] }, "shop", [vmi("vm")], ignore);
  expect(asked.filter((expr) => expr.includes("values"))).toEqual(["new_values"]);
});

describe("a request that is over", () => {
  test("asks nothing more [wire 25]", async () => {
    const over = new AbortController();
    const asked: string[] = [];
    const { figures } = setUp(
      {},
      {
        snapshots: ({ expr }) => {
          asked.push(expr);
          over.abort();
          return Promise.resolve(ok(snapshot({ vm: 999 })));
        },
      },
    );
    const answer = await figures(
      of({ ...metric, sources: metric.sources.slice(0, 1) }),
      "shop",
      [vmi("vm")],
      ignore,
      over.signal,
    );
    expect(answer).toEqual(fail({ kind: "timedOut" }));
    expect(asked).toHaveLength(1);
  });
});

describe("a time that is no number", () => {
  test.for([NaN, Infinity, -Infinity])("%d does not say that a virtual machine was seen", async (seconds) => {
    const samples = { handler_seen: { vm: seconds }, new_values: { vm: 1 }, past: { vm: seconds } };
    expect(await figureOf("vm", samples)).toEqual({ state: "unseen" });
  });
});
