import { describe, expect, test } from "vitest";
import { compareReplies } from "../../../src/commands/diff/compare-replies.ts";
import type { Reply } from "../../../src/commands/diff/side.ts";

/** Values of pods in namespace shop, by name. */
function pods(values: Readonly<Record<string, string>>): Reply {
  const items = Object.entries(values).map(([name, value]) => ({
    describedObject: { namespace: "shop", name },
    value,
  }));
  return { code: 200, body: { items } };
}

/** Values of an external metric, by queue. */
function queues(...values: readonly (readonly [queue: string, value: string])[]): Reply {
  return { code: 200, body: { items: values.map(([queue, value]) => ({ metricLabels: { queue }, value })) } };
}

const missing: Reply = { code: 404, body: { message: "the server could not find the metric" } };

describe("compareReplies()", () => {
  test.for<[string, Reply, Reply, number]>([
    ["equal values", pods({ a: "1", b: "2" }), pods({ a: "1", b: "2" }), 2],
    ["another order", pods({ a: "1", b: "2" }), pods({ b: "2", a: "1" }), 2],
    ["another way to write a quantity", pods({ a: "1500m" }), pods({ a: "1.5" }), 1],
    ["values that differ by less than the tolerance", pods({ a: "100" }), pods({ a: "99" }), 1],
    ["errors of one status", missing, { code: 404, body: { message: "other words" } }, 0],
    ["empty lists", pods({}), { code: 200, body: { items: null } }, 0],
    ["equal labels in one order", queues(["a", "1"], ["a", "2"]), queues(["a", "1"], ["a", "2"]), 2],
    [
      "the same number beyond all quantities",
      pods({ a: "-9223372036854775808m" }),
      pods({ a: "-9223372036854775808m" }),
      1,
    ],
  ])("takes %s for equal", ([, here, there, equal]) => {
    expect(compareReplies(here, there, 0.01)).toEqual({ deviations: [], equal });
  });

  test.for<[string, Reply, Reply, object]>([
    ["a value", pods({ a: "100" }), pods({ a: "98" }), { kind: "value", object: "shop/a", here: "100", there: "98" }],
    [
      "zero and a little",
      pods({ a: "0" }),
      pods({ a: "1m" }),
      { kind: "value", object: "shop/a", here: "0", there: "1m" },
    ],
    [
      "what is no quantity",
      pods({ a: "x" }),
      pods({ a: "1" }),
      { kind: "value", object: "shop/a", here: "x", there: "1" },
    ],
    [
      "an object that is not there",
      pods({ a: "1" }),
      pods({}),
      { kind: "object", object: "shop/a", here: "1", there: "-" },
    ],
    [
      "an object that is not here",
      queues(),
      queues(["a", "1"]),
      { kind: "object", object: '{queue="a"}', here: "-", there: "1" },
    ],
    [
      "what has no quantity there",
      queues(),
      queues(["a", "-9223372036854775808m"]),
      { kind: "object", here: "-", note: "infinite or NaN there; see compatibility.infinities" },
    ],
    [
      "the status",
      missing,
      pods({ a: "1" }),
      { kind: "status", object: "", here: "404 the server could not find the metric", there: "200 (1 value)" },
    ],
    [
      "the status for lack of a quantity",
      missing,
      pods({ a: "-9223372036854775808m" }),
      { kind: "status", note: "infinite or NaN there; see compatibility.infinities" },
    ],
  ])("tells of %s", ([, here, there, deviation]) => {
    expect(compareReplies(here, there, 0.01)).toMatchObject({ deviations: [deviation], equal: 0 });
  });
});
