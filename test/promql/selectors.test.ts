import { describe, expect, test } from "vitest";
import { parsePromQL } from "../../src/promql/parse.ts";
import { selectorsIn } from "../../src/promql/selectors.ts";

describe("selectorsIn()", () => {
  test.for<[string, string]>([
    ["1", ""],
    ['label_join(a, "x", "")', "a"],
    ["topk(scalar(a), -(b)) + max_over_time((c or d)[5m:])", "a b c d"],
    ["rate(a[5m] offset 1m) unless on (x) (b @ 0)", "a b"],
  ])("finds in %s: %s", ([text, names]) => {
    const parsed = parsePromQL(text);
    expect(parsed.ok && selectorsIn(parsed.value).map(({ series }) => series)).toEqual(
      names.split(" ").filter(Boolean),
    );
  });
});
