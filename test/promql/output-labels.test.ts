import { describe, expect, test } from "vitest";
import { outputLabels } from "../../src/promql/output-labels.ts";
import { parsePromQL } from "../../src/promql/parse.ts";
import kubevirtQueries from "../vectors/kubevirt-queries.json" with { type: "json" };

const labels: readonly [string, string][] = [
  ["1", ""],
  ["time()", ""],
  ["vector(1)", ""],
  ["hour()", ""],
  ["scalar(x)", ""],
  ["sum(x)", ""],
  ["sum by () (x)", ""],
  ["sum by (b, a) (x)", "a b"],
  ["sum by (__name__, a) (x)", "__name__ a"],
  // A label that is not there cannot be kept.
  ["max by (namespace, name) (sum by (namespace) (x))", "namespace"],
  ["max by (namespace, name) (max without (name) (x))", "namespace"],
  ['max by (namespace, name) (x{name=""})', "namespace"],
  ['max by (namespace, name) (x{name=~""})', "namespace"],
  ["max by (__name__, a) (rate(x[5m]))", "a"],
  ["max by (__name__, a) (last_over_time(x[5m]))", "__name__ a"],
  ["sum without (b) (sum by (a, b) (x))", "a"],
  ["topk by (c) (1, sum by (a, b) (x))", "a b"],
  ["bottomk(1, sum by (a, b) (x))", "a b"],
  ["quantile by (a) (0.5, x)", "a"],
  ['count_values by (a) ("value", x)', "a value"],
  ['count_values("value", x)', "value"],
  ['count_values without (a) ("value", sum by (a, b) (x))', "b value"],
  ["max_over_time(sum by (a) (x)[5m:1m])", "a"],
  ["sum by (a) (x offset 5m)", "a"],
  ["sum by (a) (x @ 0)", "a"],
  ["-sum by (a) (x)", "a"],
  ["clamp_min(sum by (a) (x), 0)", "a"],
  ["timestamp(sum by (a) (x))", "a"],
  ["quantile_over_time(0.9, sum by (a) (x)[5m:])", "a"],
  ["histogram_quantile(0.9, sum by (a, le) (x))", "a"],
  ["sort_desc(sum by (a) (x))", "a"],
  ["2 * sum by (a) (x)", "a"],
  ["sum by (a) (x) > 2", "a"],
  ["2 < bool sum by (a) (x)", "a"],
  // Those that belong together agree in all labels, so that they have only those of both.
  ["sum by (a, b) (x) / sum by (a, b) (y)", "a b"],
  ["sum by (a, b) (x) / sum by (a) (y)", "a"],
  ["sum by (a, b) (x) / on (a) sum by (a) (y)", "a"],
  ["x / on (a) y", "a"],
  ["sum by (a) (x) / on (a, b) sum by (a, b) (y)", "a"],
  ["sum by (a, b) (x) / ignoring (b) sum by (a) (y)", "a"],
  ["x == on (a, __name__) y", "__name__ a"],
  ["sum by (a, b) (x) * on (a) group_left () y", "a b"],
  ["sum by (a, b) (x) * on (a) group_left (c) y", "a b c"],
  ["sum by (a, b) (x) * on (a) group_left (b) sum by (a) (y)", "a"],
  ["sum by (a, b) (x) * on (a) group_left (b, c) sum by (a, c) (y)", "a c"],
  ["sum by (a, b) (x) * on (c) group_left () sum by (c) (y)", "a b"],
  ["sum by (a) (x) * on (a) group_right (c) sum by (a, b) (y)", "a b"],
  ["sum by (a, b) (x) and on (a) y", "a b"],
  ["sum by (a, b) (x) and sum by (a) (y)", "a"],
  ["sum by (a, b) (x) unless sum by (a) (y)", "a b"],
  ["sum by (a, b) (x) unless on (a) absent(y)", "a b"],
  ["sum by (a, b) (x) or sum by (a, b) (y)", "a b"],
  ["sum by (a) (sum by (a, b) (x) or sum by (a, c) (y))", "a"],
  ["sum by (a) (rate(x[5m]) or last_over_time(x[5m]))", "a"],
  ['label_replace(sum by (a, b) (x), "c", "$1", "b", "(.+)")', "a b c"],
  ['label_replace(sum by (a, b) (x), "c", "${1}", "b", "(.*)")', "a b c"],
  ['label_replace(sum by (a) (x), "a", "x-$1", "a", "(.+)-.*")', "a"],
  ['label_replace(sum by (a) (x), "a", "$2", "a", "([^_]+)_(.+)")', "a"],
  ['max by (a) (label_replace(x, "a", "$1", "b", "([^_]+)_(.+)"))', "a"],
  ['label_replace(sum by (a) (x), "c", "v", "a", ".*")', "a c"],
  ['label_join(sum by (a, b) (x), "c", "/", "a", "b")', "a b c"],
  ['label_join(sum by (a, b) (x), "c", "", "a")', "a b c"],
  ['label_join(sum by (a, b) (x), "b", "", "d")', "a"],
];

const unknown: readonly [string, string][] = [
  ["x", "samples carry whatever labels their series have"],
  ["rate(x[5m])", "samples carry whatever labels their series have"],
  ["max without (a) (x)", "samples carry whatever labels their series have"],
  ["sum by (a) (x) or sum by (a, b) (y)", "some samples carry other labels than others"],
  ["sum by (a, b) (sum by (a) (x) or y)", "some samples carry other labels than others"],
  ["sum by (a) (x) or vector(0)", "some samples carry other labels than others"],
  ["absent(x)", "absent() makes samples that no series has"],
  ["sum by (a) (absent_over_time(x[5m]))", "absent_over_time() makes samples that no series has"],
  ["sum by (a) (x) or absent(x)", "absent() makes samples that no series has"],
  ['label_replace(sum by (a) (x), "c", "$1", "a", "v(.+)")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$1", "a", "v(.*)")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$1", "a", "v(.+)?")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$1", "a", "[(.+)]")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$1", "a", ".+")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$3", "a", "([^_]+)_(.+)")', "some samples carry other labels than others"],
  ['label_replace(sum by (a) (x), "a", "$1_x", "a", "(.+)_")', "some samples carry other labels than others"],
  ["rate(x)", "rate() does not take a vector, but a matrix"],
];

describe("outputLabels()", () => {
  test.for(labels)("%s carries %s", ([text, expected]) => {
    expect(labelsOf(text)).toEqual({ exactly: expected === "" ? [] : expected.split(" ") });
  });

  test.for(unknown)("%s is unknown: %s", ([text, reason]) => {
    expect(labelsOf(text)).toEqual({ unknown: reason });
  });

  test.for(kubevirtQueries)("knows %s", (text) => {
    expect(labelsOf(text)).toEqual({ exactly: expect.arrayContaining(["namespace", "name"]) as unknown });
  });
});

function labelsOf(text: string): unknown {
  const parsed = parsePromQL(text);
  return parsed.ok ? outputLabels(parsed.value) : parsed.error;
}
