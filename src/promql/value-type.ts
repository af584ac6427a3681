import { fail, ok, type Result } from "../result.ts";
import { functions, type ValueType } from "./functions.ts";
import type { Aggregation, Binary, Call, Expr } from "./syntax-tree.ts";

/** The aggregations that take a parameter before what they aggregate, and its type. */
const parameters: Readonly<Record<string, ValueType>> = {
  bottomk: "scalar",
  count_values: "string",
  limit_ratio: "scalar",
  limitk: "scalar",
  quantile: "scalar",
  topk: "scalar",
};
const comparisons = ["==", "!=", "<", "<=", ">", ">="];
const sets = ["and", "or", "unless"];

/**
 * The type of an expression's value. Fails, with a sentence, where Prometheus refuses the expression although its grammar
 * allows it: `rate(x)` without a range, `1 == 2`, a sum of a range.
 */
export function valueTypeOf(expr: Expr): Result<ValueType, string> {
  switch (expr.kind) {
    case "number":
      return ok("scalar");
    case "string":
      return ok("string");
    case "selector":
      return expr.series === undefined && expr.matchers.every(matchesAbsence)
        ? fail("a selector needs a name or a matcher that does not match the empty text")
        : ok("vector");
    case "range":
      if (expr.of.kind !== "selector") return fail("a range is only of a selector; a subquery has a colon: [5m:]");
      return as("matrix", valueTypeOf(expr.of));
    case "subquery":
      return as("matrix", typed(expr.of, ["vector"], "a subquery"));
    case "shifted":
      return isSelection(expr.of)
        ? valueTypeOf(expr.of)
        : fail(`${expr.by} comes after a selector, its range or a subquery`);
    case "unary":
      return typed(expr.of, ["scalar", "vector"], expr.operator);
    case "call":
      return typeOfCall(expr);
    case "aggregation":
      return typeOfAggregation(expr);
    case "binary":
      return typeOfBinary(expr);
  }
}

/** As far as that shows without knowing regular expressions. */
function matchesAbsence({ op, value }: { readonly op: string; readonly value: string }): boolean {
  return op === "=" || op === "=~" ? value === "" || (op === "=~" && value === ".*") : op === "!=" && value !== "";
}

function isSelection({ kind }: Expr): boolean {
  return kind === "selector" || kind === "range" || kind === "subquery" || kind === "shifted";
}

function typeOfCall({ function: name, args }: Call): Result<ValueType, string> {
  const signature = functions.get(name);
  if (signature === undefined) return fail(`${name}() is not known`);
  const { args: wanted, optional = 0, variadic = false, gives } = signature;
  const fits = args.length >= wanted.length - optional && (variadic || args.length <= wanted.length);
  if (!fits) return fail(`${name}() does not take ${args.length} arguments`);
  const last = wanted.at(-1) ?? "vector";
  return as(
    gives,
    typedAll(args, (index) => wanted[index] ?? last, `${name}()`),
  );
}

function typeOfAggregation({ operator, args }: Aggregation): Result<ValueType, string> {
  const parameter = parameters[operator];
  const wanted: readonly ValueType[] = parameter === undefined ? ["vector"] : [parameter, "vector"];
  if (args.length !== wanted.length) return fail(`${operator} does not take ${args.length} arguments`);
  return as(
    "vector",
    typedAll(args, (index) => wanted[index] ?? "vector", operator),
  );
}

function typeOfBinary({ operator, bool, matching, left, right }: Binary): Result<ValueType, string> {
  const types = [left, right].map((side) => typed(side, ["scalar", "vector"], operator));
  const failed = types.find((type) => !type.ok);
  if (failed !== undefined) return failed;
  const scalars = types.filter((type) => type.ok && type.value === "scalar").length;
  const compares = comparisons.includes(operator);
  if (bool && !compares) return fail(`bool is only for comparisons, not for ${operator}`);
  if (sets.includes(operator)) {
    if (scalars > 0) return fail(`${operator} is not for scalars`);
    if (matching?.group !== undefined) return fail(`${operator} cannot be grouped`);
  }
  if (scalars === 2 && compares && !bool) return fail(`${operator} between scalars needs bool`);
  if (scalars > 0 && matching !== undefined && matching.labels.length > 0)
    return fail(`${matching.mode} is not for scalars`);
  const lent =
    matching?.mode === "on" ? matching.group?.include.find((label) => matching.labels.includes(label)) : undefined;
  if (lent !== undefined) return fail(`label ${lent} is both matched on and lent`);
  return ok(scalars === 2 ? "scalar" : "vector");
}

function typedAll(args: readonly Expr[], wanted: (index: number) => ValueType, where: string): Result<unknown, string> {
  const failed = args.map((arg, index) => typed(arg, [wanted(index)], where)).find((type) => !type.ok);
  return failed ?? ok(undefined);
}

function typed(expr: Expr, wanted: readonly ValueType[], where: string): Result<ValueType, string> {
  const type = valueTypeOf(expr);
  if (!type.ok || wanted.includes(type.value)) return type;
  return fail(`${where} does not take a ${type.value}, but a ${wanted.join(" or a ")}`);
}

function as(type: ValueType, found: Result<unknown, string>): Result<ValueType, string> {
  return found.ok ? ok(type) : found;
}
