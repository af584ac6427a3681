import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { identifier } from "../../src/promql/expression.ts";
import { autoscalingExample } from "../../src/vm/autoscaling-example.ts";
import { catalogueEntry } from "../../src/vm/catalogue-entry.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { namesOf } from "../../src/vm/metric-names.ts";
import { type AutoscaledMetric, documentedAutoscalers, yamlBlocks } from "../support/documented-autoscalers.ts";
import { numberOf } from "../support/quantity.ts";

const file = "docs/autoscaling.md";
const page = readFileSync(file, "utf8");
const shown = documentedAutoscalers(file);
const all = [...shown, ...documentedAutoscalers("README.md")];
const names = namesOf(catalogue);

/** What the catalogue has by the name, of several virtual machines or, external, of each. */
function found({ type, name }: AutoscaledMetric) {
  return type === "External" ? names.single.get(name) : names.aggregate.get(name);
}

/** The first word of a name. */
function groupOf({ name }: { readonly name: string }): string {
  return name.slice(0, name.indexOf("-"));
}

describe.for(all.map((each) => [each.metric.name, each] as const))("the autoscaler on %s", ([, autoscaler]) => {
  const { metric, scaleTarget, minReplicas, maxReplicas } = autoscaler;

  test("names a metric of the catalogue that suits", () => {
    expect(found(metric)?.metric).toMatchObject({ name: expect.any(String) as unknown });
    expect(found(metric)?.metric.unsuitable).toBeUndefined();
    expect(found(metric)?.metric.unfed).toBeUndefined();
  });

  test("is complete", () => {
    expect(autoscaler).toMatchObject({ apiVersion: "autoscaling/v2", namespace: "shop", name: scaleTarget.name });
    expect(maxReplicas).toBeGreaterThan(minReplicas);
    expect(numberOf(metric.target.quantity)).toBeGreaterThan(0);
  });

  test("has the kind of target that fits, and of a pool the pool as its object", () => {
    const aggregation = names.aggregate.get(metric.name)?.aggregation;
    expect(metric.target.type).toBe(aggregation === "Sum" ? "AverageValue" : "Value");
    expect(metric.object).toEqual(metric.type === "Object" ? scaleTarget : undefined);
  });

  test("selects by a label that the metric has", () => {
    const device = found(metric)?.metric.device;
    const known = metric.type === "External" ? ["vm", device] : [device];
    expect(Object.keys(metric.labels).filter((label) => !known.includes(label))).toEqual([]);
  });
});

describe("docs/autoscaling.md", () => {
  test("has an autoscaler for each group of metrics that has some that suit, and an external one", () => {
    const suiting = catalogue.filter(({ unsuitable, sources }) => unsuitable === undefined && sources.length > 0);
    expect(new Set(shown.map(({ metric }) => groupOf(metric)))).toEqual(new Set(suiting.map(groupOf)));
    expect(shown.map(({ metric }) => metric.type)).toContain("External");
  });

  test("shows behaviour for each of them", () => {
    const behaviours = shown.map(({ text }) => (parse(text) as { spec: { behavior?: object } }).spec.behavior);
    expect(behaviours.filter((behaviour) => behaviour === undefined)).toEqual([]);
  });

  test("lets one on a mean wait until what it added shows", () => {
    const means = shown.filter(({ metric }) => metric.target.type === "Value");
    expect(means).not.toEqual([]);
    for (const { text } of means) expect(text).toMatch(/scaleUp: \{ stabilizationWindowSeconds: \d{3}/u);
  });

  test.for(shown.filter(({ metric }) => metric.type === "Object").map(({ metric }) => [metric.name, metric] as const))(
    "has the target for %s that the page of all metrics has",
    ([name, { target }]) => {
      const metric = names.aggregate.get(name)?.metric;
      const example =
        metric && autoscalingExample(catalogueEntry({ metric, listed: true, exposure: { served: true } }));
      expect(example).toMatchObject({ name, type: target.type, target: target.quantity });
    },
  );

  test("names no metric that there is none of", () => {
    const named = page.match(/(?<![\w-])(?:v?cpu|memory|network|storage|migration|guest)-[a-z0-9]+[A-Z]\w*/gu) ?? [];
    const unknown = named.filter((name) => !names.single.has(name) && !names.aggregate.has(name));
    expect(named.length).toBeGreaterThan(10);
    expect(unknown).toEqual([]);
  });

  test("alerts on series that the catalogue reads", () => {
    const rules = yamlBlocks(file, "PrometheusRule");
    expect(rules).toHaveLength(1);
    const series = [...(rules[0] ?? "").matchAll(/kubevirt_\w+/gu)].map(([name]) => name);
    expect(series.map(identifier)).toEqual(series);
    const read = catalogue.flatMap(({ sources }) => sources.map((source) => source.series)).join(" ");
    expect(series.filter((name) => !read.includes(name))).toEqual([]);
  });
});
