import { describe, expect, test } from "vitest";
import { encodeExternalMetricValues, encodeLabelSelector, encodeMetricValues } from "../../src/apiservice/encode.ts";
import { parseLabelSelector, type LabelSelector } from "../../src/naming/label-selector.ts";
import golden from "../vectors/wire-golden.json" with { type: "json" };

function selector(text: string): LabelSelector {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const takenMs = Date.parse("2024-01-02T03:04:05.678Z");
const pod = { apiVersion: "/v1", kind: "Pod", namespace: "ns1" };
const request = {
  metric: "http",
  resource: { group: "", resource: "pods" },
  namespace: "ns1",
  target: { by: "selector", selector: [] },
  metricSelector: selector("verb=GET,a in (b,c)"),
} as const;

describe("encodeMetricValues()", () => {
  const readings = [
    { object: { ...pod, name: "a" }, value: 43_000, timestampMs: takenMs, windowSeconds: 60 },
    { object: { ...pod, name: "b" }, value: 0, timestampMs: takenMs, windowSeconds: 59.2 },
  ];

  test.for([
    ["v1beta1", golden.protobuf.custom_v1beta1.json],
    ["v1beta2", golden.protobuf.custom_v1beta2.json],
  ] as const)("writes %s as the Go library does [wire 2] [trap 10]", ([version, json]) => {
    expect(encodeMetricValues(version, request, readings)).toEqual(json);
  });

  test("writes a null selector when there is none, and no window for a gauge", () => {
    const reading = { object: { ...pod, name: "p1" }, value: 1.5, timestampMs: takenMs };
    const json = golden.protobuf.single_v1beta1.json;
    expect(encodeMetricValues("v1beta1", { ...request, metricSelector: [] }, [reading])).toEqual(json);
  });

  test("writes an empty list, not null", () => {
    expect(encodeMetricValues("v1beta1", request, [])).toEqual(golden.protobuf.list_empty.json);
  });

  test("leaves out the namespace of cluster-scoped objects [wire 3]", () => {
    const node = { object: { apiVersion: "v1", kind: "Node", name: "n1" }, value: 1, timestampMs: takenMs };
    expect(JSON.stringify(encodeMetricValues("v1beta2", request, [node]))).toContain(
      '"describedObject":{"kind":"Node","name":"n1","apiVersion":"v1"}',
    );
  });

  test("throws on a value that would read as zero [wire 7] [trap 11]", () => {
    const reading = { object: { ...pod, name: "a" }, value: Number.NaN, timestampMs: takenMs };
    expect(() => encodeMetricValues("v1beta2", request, [reading])).toThrow("it is not finite");
  });
});

describe("encodeExternalMetricValues()", () => {
  const queue = { metric: "q", namespace: "ns1", selector: [] };
  const { items, ...list } = golden.protobuf.external_v1beta1.json;

  test("writes what the Go library does [wire 4] [trap 10]", () => {
    const reading = { labels: { a: "1", b: "2" }, value: -2.5, timestampMs: takenMs };
    expect(encodeExternalMetricValues(queue, [reading])).toEqual({ ...list, items: items.slice(0, 1) });
  });

  test("writes whole seconds of a window, and no labels as an empty object", () => {
    const reading = { labels: {}, value: 1, timestampMs: takenMs, windowSeconds: 59.2 };
    expect(encodeExternalMetricValues(queue, [reading])).toMatchObject({ items: [{ metricLabels: {}, window: 60 }] });
  });

  test("writes an empty list, not null", () => {
    expect(encodeExternalMetricValues(queue, [])).toEqual({ ...list, items: [] });
  });

  test("throws on a value that would read as zero [wire 7] [trap 11]", () => {
    const reading = { labels: {}, value: Number.NaN, timestampMs: takenMs };
    expect(() => encodeExternalMetricValues(queue, [reading])).toThrow("it is not finite");
  });
});

describe("encodeLabelSelector()", () => {
  const vectors = golden.selectors.filter(({ ok, labelSelector }) => ok && typeof labelSelector === "object");
  test.for(vectors)("writes $in as the Go library does", ({ in: text, labelSelector }) => {
    expect(encodeLabelSelector(selector(text)) ?? {}).toEqual(labelSelector);
  });

  test.for([
    ["a!=b", { matchExpressions: [{ key: "a", operator: "NotIn", values: ["b"] }] }],
    ["a=b,a=c", { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "In", values: ["c"] }] }],
    ["a>1", null],
    ["a<5,b", null],
  ] as const)("writes %s, which Go's form does not have", ([text, expected]) => {
    expect(encodeLabelSelector(selector(text))).toEqual(expected);
  });
});
