import { describe, expect, test } from "vitest";
import { parsePromQL } from "../../src/promql/parse.ts";
import type { Expr } from "../../src/promql/syntax-tree.ts";
import kubevirtQueries from "../vectors/kubevirt-queries.json" with { type: "json" };

describe("parsePromQL()", () => {
  test.for<[string, string]>([
    ["1e3", "1e3"],
    ["-Inf", "-Inf"],
    ["up", "up{}"],
    ['up{a="b",c=~\'d|e\',f!="",g!~`h`,}', "up{a=b,c=~d|e,f!=,g!~h}"],
    ['{__name__="up"}', "{__name__=up}"],
    ['{"a.b", c="d"}', "a.b{c=d}"],
    ['up{"a.b"="c", d="e"}', "up{a.b=c,d=e}"],
    ['up{a="\\"\\\\\\n\\x41\\101\\u00e9"}', 'up{a="\\\nAAé}'],
    ["up # a remark", "up{}"],
    ["rate(up[5m])", "rate(up{}[5m])"],
    ["max_over_time((a or b)[5m:30s])", "max_over_time((a{} or b{})[5m:30s])"],
    ["max_over_time(a[5m:])", "max_over_time(a{}[5m:])"],
    ["rate(up[5m] offset -1h)", "rate(up{}[5m] offset)"],
    ["up @ start()", "up{} @"],
    ["time()", "time()"],
    ["sum(a)", "sum(a{})"],
    ['MAX BY (a, "b",) (x)', "max by a,b(x{})"],
    ["topk(3, x) without ()", "topk without (3, x{})"],
    ["-x", "-(x{})"],
    ["a / b", "(a{} / b{})"],
    ["a > bool 1", "(a{} > bool 1)"],
    ["a AND ON (c) b", "(a{} and on c b{})"],
    ["a * on (c, d) group_left (e) b", "(a{} * on c,d left e b{})"],
    ["a * ignoring (c) group_right b", "(a{} * ignoring c right b{})"],
    ["a + b * c", "(a{} + (b{} * c{}))"],
    ["a - b - c", "((a{} - b{}) - c{})"],
    ["a ^ b ^ c", "(a{} ^ (b{} ^ c{}))"],
    ["-a ^ b", "-((a{} ^ b{}))"],
    ["-a * b", "(-(a{}) * b{})"],
    ["a or b and c unless d", "(a{} or ((b{} and c{}) unless d{}))"],
    ["a == b + c", "(a{} == (b{} + c{}))"],
    ["a % b atan2 c", "((a{} % b{}) atan2 c{})"],
    ["a + b offset 5m", "(a{} + b{} offset)"],
    ["a + b offset 5m * c", "(a{} + (b{} offset * c{}))"],
    ["-a @ 5 ^ b", "-((a{} @ ^ b{}))"],
    ["x == max_over_time(a * b[5m:])", "(x{} == max_over_time((a{} * b{}[5m:])))"],
    ["(a + b)", "(a{} + b{})"],
    ["a-1", "(a{} - 1)"],
  ])("reads %s as %s", ([text, expected]) => {
    const parsed = parsePromQL(text);
    expect(parsed.ok ? written(parsed.value) : parsed.error).toBe(expected);
  });

  test.for<[string, number, string]>([
    ["", 0, "unexpected end"],
    ["a +", 3, "unexpected end"],
    ["rate(x[5m]", 10, "unexpected end"],
    ["rate(x", 6, "unexpected end"],
    ["a b", 2, 'unexpected "b"'],
    ['x{a="b"}}', 8, 'unexpected "}"'],
    ["x +\n  ]", 6, 'unexpected "]"'],
    ["made_up(x)", 7, 'unexpected "("'],
    ["sum(<<.Series>>)", 4, 'unexpected "<"'],
    ['x{a="b', 4, '"b is not a string'],
    ['x{a="web\\.1"}', 4, '"web\\.1" is not a string'],
    ["x{a='\\\"'}", 4, "'\\\"' is not a string"],
    ["x smoothed", 0, "x smoothed is experimental"],
    ["a + fill (0) b", 4, "fill (0) is experimental"],
  ])("refuses %j at %i: %s", ([text, offset, detail]) => {
    expect(parsePromQL(text)).toEqual({ ok: false, error: { offset, detail } });
  });

  test.for(kubevirtQueries)("reads %s", (text) => {
    expect(parsePromQL(text)).toMatchObject({ ok: true });
  });
});

/** An expression with all its parentheses. */
function written(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "string":
      return JSON.stringify(expr.value);
    case "selector":
      return `${expr.series ?? ""}{${expr.matchers.map(({ label, op, value }) => label + op + value).join(",")}}`;
    case "range":
      return `${written(expr.of)}[${expr.range}]`;
    case "subquery":
      return `${written(expr.of)}[${expr.range}:${expr.step ?? ""}]`;
    case "shifted":
      return `${written(expr.of)} ${expr.by}`;
    case "call":
      return `${expr.function}(${expr.args.map(written).join(", ")})`;
    case "aggregation": {
      const { operator, grouping, args } = expr;
      const by = grouping === undefined ? "" : ` ${grouping.mode} ${grouping.labels.join(",")}`;
      return `${operator}${by}(${args.map(written).join(", ")})`;
    }
    case "unary":
      return `${expr.operator}(${written(expr.of)})`;
    case "binary": {
      const { operator, bool, matching, left, right } = expr;
      const on = matching === undefined ? [] : [matching.mode, matching.labels.join(",")];
      const group = matching?.group === undefined ? [] : [matching.group.many, matching.group.include.join(",")];
      const words = [operator, bool ? "bool" : "", ...on, ...group].filter((word) => word !== "");
      return `(${written(left)} ${words.join(" ")} ${written(right)})`;
    }
  }
}
