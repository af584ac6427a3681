import { describe, expect, test } from "vitest";
import { compareAnswers, differencesOf } from "./compare.ts";
import type { Answer } from "./contestant.ts";

const fromMs = Date.parse("2024-05-06T07:08:09.700Z");
const item = {
  describedObject: { kind: "Pod", namespace: "shop", name: "web-0", apiVersion: "/v1" },
  metric: { name: "rps", selector: null },
  timestamp: "2024-05-06T07:08:09Z",
  value: "1500m",
};
const other = { ...item, describedObject: { ...item.describedObject, name: "web-1" } };

describe("compareAnswers()", () => {
  test.for([
    ["equal answers", answer([item]), answer([item]), []],
    ["times within that of the request", answer([item]), answer([{ ...item, timestamp: "2024-05-06T07:08:10Z" }]), []],
    [
      "a time before the request",
      answer([item]),
      answer([{ ...item, timestamp: "2024-05-06T07:08:08Z" }]),
      ["body.items[0].timestamp"],
    ],
    [
      "a time after it",
      answer([item]),
      answer([{ ...item, timestamp: "2024-05-06T07:08:11Z" }]),
      ["body.items[0].timestamp"],
    ],
    ["another value", answer([item]), answer([{ ...item, value: "1501m" }]), ["body.items[0].value"]],
    [
      "an equal value that is written otherwise",
      answer([item]),
      answer([{ ...item, value: "1.5" }]),
      ["body.items[0].value"],
    ],
    ["an item less", answer([item, other]), answer([item]), ["body.items"]],
    [
      "another order",
      answer([item, other]),
      answer([other, item]),
      ["body.items[0].describedObject.name", "body.items[1].describedObject.name"],
    ],
    ["a field more", answer([item]), answer([{ ...item, windowSeconds: 60 }]), ["body.items[0].windowSeconds"]],
    ["another code", answer([item]), { ...answer([item]), code: 201 }, ["code"]],
    ["another question to Prometheus", answer([item], ["a"]), answer([item], ["b"]), ["promql"]],
    ["one that only prometheus-adapter asks", answer([item], ["a"]), answer([item]), ["promql"]],
    ["one that only this adapter asks", answer([item]), answer([item], ["a"]), ["promql"]],
  ] as const)("finds %s", ([, peer, ours, at]) => {
    expect(differing(peer, ours)).toEqual(at);
  });

  test("takes a question to Prometheus for asked whose answer this adapter remembers", () => {
    expect(differing(answer([item], ["a"]), answer([item]), ["a"])).toEqual([]);
  });

  test.for([
    ["in their order", ["a", "b"], []],
    ["in another order", ["b", "a"], ["order"]],
    ["with one more", ["a", "b", "c"], ["body.resources"]],
  ] as const)("compares lists of metrics as sets, and wants this adapter's %s", ([, names, at]) => {
    expect(differing(list(["b", "a"]), list(names))).toEqual(at);
  });
});

describe("differencesOf()", () => {
  test.for([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1 }, { a: 2 }, [{ at: "x.a", peer: 1, ours: 2 }]],
    [{ a: 1 }, {}, [{ at: "x.a", peer: 1, ours: undefined }]],
    [{ a: null }, {}, [{ at: "x.a", peer: null, ours: undefined }]],
    [[1], [1, 2], [{ at: "x", peer: [1], ours: [1, 2] }]],
    [[1, 2], [1, 3], [{ at: "x[1]", peer: 2, ours: 3 }]],
    ["text", { a: 1 }, [{ at: "x", peer: "text", ours: { a: 1 } }]],
  ] as const)("%j and %j", ([peer, ours, differences]) => {
    expect(differencesOf("x", peer, ours)).toEqual(differences);
  });
});

function differing(peer: Answer, ours: Answer, remembered: readonly string[] = []): readonly string[] {
  const known = new Set([...remembered, ...ours.asked.map(({ text }) => text)]);
  const { differences } = compareAnswers({ kind: "object by name", path: "/" }, peer, ours, known);
  return differences.map(({ at }) => at);
}

function answer(items: readonly object[], queries: readonly string[] = []): Answer {
  const asked = queries.map((text) => ({ path: "/api/v1/query", text }));
  return { code: 200, body: { kind: "MetricValueList", items }, fromMs, toMs: fromMs + 400, asked };
}

function list(names: readonly string[]): Answer {
  const body = { kind: "APIResourceList", resources: names.map((name) => ({ name })) };
  return { code: 200, body, fromMs, toMs: fromMs, asked: [] };
}
