import { describe, expect, test } from "vitest";
import { compileRule, type CompiledRule } from "../../../src/naming/rules/compile-rule.ts";
import type { ApiResourceGroup } from "../../../src/naming/rules/rest-mapper.ts";
import { createLiveBook, type LiveBook, seriesQueriesOf } from "../../../src/query/rules/live-book.ts";

const pods: ApiResourceGroup = {
  group: "",
  version: "v1",
  resources: [{ name: "pods", singular: "pod", kind: "Pod", namespaced: true }],
};
const widgets: ApiResourceGroup = {
  group: "x.io",
  version: "v1",
  resources: [{ name: "widgets", singular: "widget", kind: "Widget", namespaced: true }],
};

function rule(seriesQuery: string, label: string, resource: string): CompiledRule {
  const compiled = compileRule({
    seriesQuery,
    seriesFilters: [],
    resources: { template: "", overrides: [{ label, group: "", resource }], namespaced: true },
    name: { matches: "", as: "" },
    metricsQuery: "<<.Series>>",
    vms: false,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

const rules = {
  rules: [rule("a", "pod", "pods"), rule("b", "thing", "widget")],
  externalRules: [rule("b", "x", "pods")],
};
const listings = [
  { seriesQuery: "a", series: [{ name: "x", labels: ["pod"] }] },
  { seriesQuery: "b", series: [{ name: "y", labels: ["thing"] }] },
];

function names(book: LiveBook): readonly string[] {
  const { custom, external } = book.current();
  return [...custom.list.map(({ resource, metric }) => `${resource.resource}/${metric}`), ...external.list];
}

describe("createLiveBook()", () => {
  test("finds nothing at first, and external metrics as soon as there are series", () => {
    const book = createLiveBook(rules);
    expect(names(book)).toEqual([]);
    book.setSeries(listings);
    expect(names(book)).toEqual(["y"]);
  });

  test("finds what is made of the resources that there are, and says which are missing", () => {
    const book = createLiveBook(rules);
    book.setSeries(listings);
    book.setResources([pods]);
    expect(names(book)).toEqual(["pods/x", "y"]);
    expect(book.current().unknown.map(({ rule: { seriesQuery }, problem }) => [seriesQuery, problem.path])).toEqual([
      ["b", ["resources", "overrides", "thing"]],
    ]);
    book.setResources([pods, widgets]);
    expect(names(book)).toEqual(["pods/x", "widgets/y", "y"]);
    expect(book.current().unknown).toEqual([]);
  });

  test("awaits what rules can make as long as it is made for no resource", () => {
    const book = createLiveBook(rules);
    function awaited(): readonly boolean[] {
      const { awaitsCustom, awaitsExternal } = book.current();
      return [awaitsCustom("x"), awaitsExternal("y"), awaitsCustom("cpu-usageRatio"), awaitsExternal("cpu-usageRatio")];
    }
    expect(awaited()).toEqual([true, true, false, false]);
    book.setResources([pods]);
    book.setSeries(listings);
    expect(awaited()).toEqual([false, false, false, false]);
    book.setSeries(listings.map(({ seriesQuery }) => ({ seriesQuery, series: [] })));
    expect(awaited()).toEqual([true, true, false, false]);
  });

  test("goes without a query that has not been listed", () => {
    const book = createLiveBook(rules);
    book.setResources([pods, widgets]);
    book.setSeries([{ seriesQuery: "a" }, ...listings.slice(1)]);
    expect(names(book)).toEqual(["widgets/y", "y"]);
  });
});

test("seriesQueriesOf() has what both sections look for once", () => {
  expect(seriesQueriesOf(rules)).toEqual(["a", "b"]);
});
