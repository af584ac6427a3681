import { describe, expect, test } from "vitest";
import { equals, known, selector } from "../../src/promql/expression.ts";
import { createFeeds } from "../../src/query/feeds.ts";
import type { QueryInstant } from "../../src/query/prometheus.ts";
import type { ScrapeIntervalOf } from "../../src/query/scrape-interval.ts";
import { fail, ok } from "../../src/result.ts";
import type { Source, VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { byName, type Exporter } from "../../src/vm/exporter.ts";
import { seriesLabels } from "../support/scope.ts";

const present: Exporter = { name: "present", identity: byName, heartbeat: [known("beats")] };
const absent: Exporter = { name: "absent", identity: byName, heartbeat: [known("silence")] };

function source(series: string, exporter: Exporter): Source {
  return { series, versions: "any", exporter, expression: ({ matchers }) => selector(known(series), matchers) };
}

function metric(kind: VmMetric["kind"], ...sources: readonly Source[]): VmMetric {
  const lifecycle = { stability: "ALPHA", since: "0.1" } as const;
  return { name: "cpu-usageCores", unit: "Cores", kind, help: "Some.", sources, ...lifecycle };
}

/** Answers by what a question mentions; the first that fits counts, and nothing is an empty answer. */
function feedsFrom(counts: Readonly<Record<string, number | "refused">>, measured = true) {
  const asked: string[] = [];
  const query: QueryInstant = async (expr) => {
    asked.push(expr);
    const [, count] = Object.entries(counts).find(([text]) => expr.includes(text)) ?? [];
    if (count === "refused") return fail({ kind: "backendRejected", detail: "no" });
    return ok(count === undefined ? [] : [{ labels: {}, points: [{ timestampMs: 0, value: count }] }]);
  };
  const matchers = [equals(known("cluster"), "here")];
  const scrapeIntervalOf: ScrapeIntervalOf = async () => ok(measured ? 30_000 : undefined);
  return { asked, ask: createFeeds({ query, scrapeIntervalOf, labels: seriesLabels, matchers }) };
}

describe("createFeeds()", () => {
  test("counts the virtual machines of each source, those of an exporter that is not there as none", async () => {
    const { ask, asked } = feedsFrom({ beats: 5, first: 3 });
    expect(await ask(metric("gauge", source("first", present), source("other", absent)))).toEqual([ok(3), ok(0)]);
    expect(asked.filter((expr) => expr.includes("other"))).toEqual([]);
  });

  test("counts a virtual machine for the first source that says something of it", async () => {
    const { ask, asked } = feedsFrom({ beats: 5, unless: 2, first: 3 });
    expect(await ask(metric("gauge", source("first", present), source("second", present)))).toEqual([ok(3), ok(2)]);
    expect(asked.at(-1)).toMatch(/^count\(\(second\{.*\) unless on \(namespace, name\) \(first\{.*\)\)$/u);
  });

  test("asks about the whole fleet of this cluster", async () => {
    const { ask, asked } = feedsFrom({ beats: 5, first: 3 });
    await ask(metric("gauge", source("first", present)));
    expect(asked.at(-1)).toBe('count(first{cluster="here"})');
  });

  test("takes no rate while the scrape interval is not known", async () => {
    const { ask } = feedsFrom({ beats: 5, first: 3 }, false);
    expect(await ask(metric("rate", source("first", present)))).toEqual([ok(0)]);
    expect(await ask(metric("gauge", source("first", present)))).toEqual([ok(3)]);
    expect(await feedsFrom({ beats: 5, first: 3 }).ask(metric("rate", source("first", present)))).toEqual([ok(3)]);
  });

  test("tells of a question that is refused beside its source alone", async () => {
    const { ask } = feedsFrom({ beats: 5, first: "refused", second: 4 });
    expect(await ask(metric("gauge", source("first", present), source("second", present)))).toEqual([
      fail({ kind: "backendRejected", detail: "no" }),
      ok(4),
    ]);
  });

  test("an exporter whose presence is not known is not taken for absent", async () => {
    const { ask } = feedsFrom({ beats: "refused" });
    expect(await ask(metric("gauge", source("first", present)))).toEqual([
      fail({ kind: "backendRejected", detail: "no" }),
    ]);
  });

  test("asks once whether an exporter is there", async () => {
    const { ask, asked } = feedsFrom({ beats: 5 });
    await Promise.all([
      ask(metric("gauge", source("first", present))),
      ask(metric("gauge", source("second", present))),
    ]);
    expect(asked.filter((expr) => expr.includes("beats"))).toHaveLength(1);
  });
});
