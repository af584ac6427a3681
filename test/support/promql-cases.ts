import { functions, type ValueType } from "../../src/promql/functions.ts";

/** Expressions that Prometheus takes, and the type of their value. */
export const typed: readonly (readonly [string, string])[] = [
  ["1", "scalar"],
  ['"a"', "string"],
  ["x", "vector"],
  ['{a="b"}', "vector"],
  ['{a!=""}', "vector"],
  ['{a=~".+"}', "vector"],
  ["x[5m]", "matrix"],
  ["x[5m:]", "matrix"],
  ["x[5m] offset 1m", "matrix"],
  ["max_over_time(x[5m:])[1h:1m] offset 1m", "matrix"],
  ["-x", "vector"],
  ["-1", "scalar"],
  ["1 + 2", "scalar"],
  ["1 + x", "vector"],
  ["1 == bool 2", "scalar"],
  ["x > 1", "vector"],
  ["x and on () y", "vector"],
  ["time()", "scalar"],
  ["hour()", "vector"],
  ["hour(x)", "vector"],
  ["round(x)", "vector"],
  ["round(x, 5)", "vector"],
  ["scalar(x)", "scalar"],
  ["topk(scalar(x), y)", "vector"],
  ['count_values("a", x)', "vector"],
  ['label_join(x, "a", "-")', "vector"],
  ['label_join(x, "a", "-", "b", "c", "d")', "vector"],
  ["histogram_quantile(0.9, x)", "vector"],
  ["quantile_over_time(0.9, x[5m])", "vector"],
  ["x * on (a) group_left (b) y", "vector"],
];

/** Expressions that Prometheus refuses although its grammar allows them, and why. */
export const refused: readonly (readonly [string, string])[] = [
  ["rate(x)", "rate() does not take a vector, but a matrix"],
  ["rate(x[5m], y)", "rate() does not take 2 arguments"],
  ["abs()", "abs() does not take 0 arguments"],
  ["time(x)", "time() does not take 1 arguments"],
  ["round(x, 1, 2)", "round() does not take 3 arguments"],
  ["abs(1)", "abs() does not take a scalar, but a vector"],
  ['abs("a")', "abs() does not take a string, but a vector"],
  ["scalar(1)", "scalar() does not take a scalar, but a vector"],
  ["label_replace(x, a, b, c, d)", "label_replace() does not take a vector, but a string"],
  ["sum(x[5m])", "sum does not take a matrix, but a vector"],
  ["sum(1)", "sum does not take a scalar, but a vector"],
  ["sum(x, y)", "sum does not take 2 arguments"],
  ["topk(x)", "topk does not take 1 arguments"],
  ["topk(y, x)", "topk does not take a vector, but a scalar"],
  ["count_values(1, x)", "count_values does not take a scalar, but a string"],
  ["{}", "a selector needs a name or a matcher that does not match the empty text"],
  ['{a=""}', "a selector needs a name or a matcher that does not match the empty text"],
  ['{a=~".*"}', "a selector needs a name or a matcher that does not match the empty text"],
  ['{a!="b"}', "a selector needs a name or a matcher that does not match the empty text"],
  ["sum(x)[5m]", "a range is only of a selector; a subquery has a colon: [5m:]"],
  ["x[5m][5m:]", "a subquery does not take a matrix, but a vector"],
  ["time()[5m:]", "a subquery does not take a scalar, but a vector"],
  ["sum(x) offset 5m", "offset comes after a selector, its range or a subquery"],
  ["(x + y) @ 0", "@ comes after a selector, its range or a subquery"],
  ["-x[5m]", "- does not take a matrix, but a scalar or a vector"],
  ['-"a"', "- does not take a string, but a scalar or a vector"],
  ["x + y[5m]", "+ does not take a matrix, but a scalar or a vector"],
  ["1 == 2", "== between scalars needs bool"],
  ["x + bool y", "bool is only for comparisons, not for +"],
  ["x and 1", "and is not for scalars"],
  ["x or on (a) group_left () y", "or cannot be grouped"],
  ["x + on (a) 1", "on is not for scalars"],
  ["x * on (a) group_left (a) y", "label a is both matched on and lent"],
];

/** Further expressions that Prometheus takes. */
export const grammatical: readonly string[] = [
  'x{a="b",c=~\'d|e\',f!="",g!~`h`,}',
  'x{a="\\"\\\\\\n\\x41\\101\\u00e9\\U0001F600"}',
  "x # a remark",
  "rate(x[5m] offset -1h)",
  "x @ start()",
  "MAX BY (a, b,) (x)",
  "x AND ON (c) y",
  "x + y offset 5m * x",
  "-x @ 5 ^ y",
  "x == max_over_time(x[5m:])",
  "x-1",
];

/** Expressions that are not PromQL. */
export const ungrammatical: readonly string[] = [
  "",
  "x +",
  "rate(x[5m]",
  "x y",
  'x{a="b"}}',
  "made_up(x)",
  "sum(<<.Series>>)",
  'x{a="b',
  'x{a="web\\.1"}',
  "x{a='\\\"'}",
  'x{a="\\ud800"}',
];

const valueOf: Readonly<Record<ValueType, string>> = { scalar: "0.5", string: '"a"', vector: "x", matrix: "x[5m]" };

/** A call of each function, with all arguments that it can have once. */
export const calls: readonly string[] = [...functions].map(
  ([name, { args }]) => `${name}(${args.map((type) => valueOf[type]).join(", ")})`,
);
