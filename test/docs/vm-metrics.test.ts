import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { describeAggregates } from "../../src/apiservice/describe-aggregates.ts";
import { catalogueEntry } from "../../src/vm/catalogue-entry.ts";
import { autoscalingExample } from "../../src/vm/autoscaling-example.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { namesOf } from "../../src/vm/metric-names.ts";

const page = readFileSync("docs/vm-metrics.md", "utf8");

interface MetricBlock {
  readonly type: string;
  readonly object: {
    readonly metric: { readonly name: string };
    readonly target: { readonly type: string; readonly averageValue?: string; readonly value?: string };
  };
}

const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gmsu)].flatMap(
  ([, text = ""]) => parse(text) as readonly MetricBlock[],
);

describe("docs/vm-metrics.md", () => {
  test("shows an HPA for each metric that suits one and can be fed, and for no other", () => {
    const suiting = catalogue.filter(({ unsuitable, sources }) => unsuitable === undefined && sources.length > 0);
    const shown = blocks.map(({ object }) => namesOf(catalogue).aggregate.get(object.metric.name)?.metric.name);
    expect(shown).toEqual(suiting.map(({ name }) => name));
  });

  test("asks of pools by names that they have, each for the type of target that it is for", () => {
    const wrong = blocks.filter(({ object: { metric, target } }) => {
      const isSum = namesOf(catalogue).aggregate.get(metric.name)?.aggregation === "Sum";
      return target.type !== (isSum ? "AverageValue" : "Value");
    });
    expect(wrong).toEqual([]);
    const advised = blocks.filter(({ object }) => /Sum|Average/u.test(object.metric.name));
    for (const { object } of advised) {
      expect(describeAggregates([object.metric.name])).toContain(`HPA target type ${object.target.type}`);
    }
  });

  test("gives targets that are Kubernetes quantities", () => {
    const quantities = blocks.map(({ object: { target } }) => target.averageValue ?? target.value);
    expect(quantities.filter((quantity) => !/^[1-9]\d*(?:m|k|M|Gi)?$/u.test(quantity ?? ""))).toEqual([]);
  });

  test("gives a target in words and in numbers for each metric that suits", () => {
    const entries = catalogue.map((metric) =>
      catalogueEntry({ metric, listed: metric.unfed === undefined, exposure: { served: true } }),
    );
    const without = entries.filter(
      (entry) => entry.unsuitable === undefined && entry.sources.length > 0 && autoscalingExample(entry) === undefined,
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test("links to sections that it has", () => {
    const links = [...page.matchAll(/\]\(#([^)]+)\)/gu)].map(([, link]) => link);
    const titles = new Set([...page.matchAll(/^##+ (.+)$/gmu)].map(([, title = ""]) => title.toLowerCase()));
    expect(links.length).toBeGreaterThan(catalogue.length);
    expect(links.filter((link) => !titles.has(link ?? ""))).toEqual([]);
  });

  test("says why a metric does not suit, and what has to be there before it has a figure", () => {
    const reasons = catalogue.flatMap(({ unsuitable, unfed }) =>
      [unsuitable, unfed].filter((text) => text !== undefined),
    );
    expect(reasons.filter((reason) => !page.includes(reason))).toEqual([]);
  });
});
