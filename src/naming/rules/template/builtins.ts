import { fail, ok, type Result } from "../../../result.ts";
import type { Budget } from "./budget.ts";
import { equalsAny, isLess } from "./compare.ts";
import { element, lengthOf, part } from "./element.ts";
import { escapeHtml, escapeJavaScript, escapeUrlQuery } from "./escape-text.ts";
import type { GoString } from "./go-string.ts";
import { sprint, sprintln } from "./sprint.ts";
import { sprintf } from "./sprintf.ts";
import { isTrue, typeOf, type Value } from "./value.ts";

/** A function that templates can call. */
export interface Builtin {
  /** What each argument must be; a variadic function takes more of the last. */
  readonly parameters: readonly Parameter[];
  readonly isVariadic: boolean;
  /** The message of a failure is without the function's name. */
  readonly call: (args: readonly Value[], budget: Budget) => Result<Value, GoString>;
}

/** A string, or a value of any type. */
export type Parameter = "string" | "any";

/**
 * The functions of Go's `text/template`; there are no others. `and` and `or` are called by the interpreter, which does not
 * evaluate what they do not need.
 */
export const builtins: ReadonlyMap<GoString, Builtin> = new Map<GoString, Builtin>([
  ["and", atLeast(1, () => ok(undefined))],
  ["or", atLeast(1, () => ok(undefined))],
  ["not", exactly(1, ([value]) => ok(!isTrue(value)))],
  ["eq", atLeast(1, ([first, ...others]) => equalsAny(first, others))],
  ["ne", exactly(2, ([a, b]) => negated(equalsAny(a, [b])))],
  ["lt", exactly(2, ([a, b]) => isLess(a, b))],
  ["le", exactly(2, ([a, b]) => isAtMost(a, b))],
  ["gt", exactly(2, ([a, b]) => negated(isAtMost(a, b)))],
  ["ge", exactly(2, ([a, b]) => negated(isLess(a, b)))],
  ["index", atLeast(1, ([item, ...indexes]) => element(item, indexes))],
  ["slice", atLeast(1, ([item, ...indexes]) => part(item, indexes))],
  ["len", exactly(1, ([item]) => lengthOf(item))],
  [
    "call",
    atLeast(1, ([callee]) => fail(callee === undefined ? "call of nil" : `non-function of type ${typeOf(callee)}`)),
  ],
  ["print", atLeast(0, (args, budget) => ok(sprint(args, budget)))],
  ["println", atLeast(0, (args, budget) => ok(sprintln(args, budget)))],
  ["printf", { parameters: ["string", "any"], isVariadic: true, call: printf }],
  ["html", atLeast(0, (args, budget) => ok(escapeHtml(evaluated(args, budget))))],
  ["js", atLeast(0, (args, budget) => ok(escapeJavaScript(evaluated(args, budget))))],
  ["urlquery", atLeast(0, (args, budget) => ok(escapeUrlQuery(evaluated(args, budget))))],
]);

function exactly(count: number, call: Builtin["call"]): Builtin {
  return { parameters: Array.from({ length: count }, () => "any"), isVariadic: false, call };
}

function atLeast(count: number, call: Builtin["call"]): Builtin {
  return { parameters: Array.from({ length: count + 1 }, () => "any"), isVariadic: true, call };
}

function negated(result: Result<boolean, GoString>): Result<boolean, GoString> {
  return result.ok ? ok(!result.value) : result;
}

/** By the two others, so that values which do not compare by order fail here, too. */
function isAtMost(a: Value, b: Value): Result<boolean, GoString> {
  const less = isLess(a, b);
  return !less.ok || less.value ? less : equalsAny(a, [b]);
}

function printf([format, ...args]: readonly Value[], budget: Budget): Result<GoString, GoString> {
  return ok(sprintf(typeof format === "string" ? format : "", args, budget));
}

/** What the escaping functions escape: the arguments as an action prints them. */
function evaluated(args: readonly Value[], budget: Budget): GoString {
  return sprint(
    args.map((value) => value ?? "<no value>"),
    budget,
  );
}
