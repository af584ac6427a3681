import { type Builtin, builtins, type Parameter } from "./builtins.ts";
import { fieldOf } from "./field.ts";
import { assign, failAt, type Frame, valueOf } from "./frame.ts";
import type { GoString } from "./go-string.ts";
import { sourceText } from "./source-text.ts";
import type { Chain, Command, Field, Operand, Pipeline, Variable } from "./tree.ts";
import { isTrue, sizeOf, typeOf, type Value } from "./value.ts";

/** The value of the command before in a pipeline; undefined for the first, which has none before it. */
type Final = { readonly value: Value } | undefined;

/** Evaluates a pipeline; its value goes to the variables that it names. Throws a TemplateFailure. */
export function evaluatePipeline(frame: Frame, dot: Value, pipeline: Pipeline): Value {
  frame.node = pipeline;
  const { variables, isAssignment, commands } = pipeline;
  const value = frame.rendering.budget.nested(() =>
    commands.reduce<Final>((final, command) => ({ value: evaluateCommand(frame, dot, command, final) }), undefined),
  )?.value;
  for (const name of variables) {
    if (isAssignment) assign(frame, name, value);
    else frame.variables.push({ name, value });
  }
  return value;
}

function evaluateCommand(frame: Frame, dot: Value, command: Command, final: Final): Value {
  const { first, args } = command;
  frame.rendering.budget.step();
  if (first.kind === "function") return call(frame, dot, { name: first.name, first, node: command, args, final });
  const hasFields =
    first.kind === "field" || first.kind === "chain" || (first.kind === "variable" && first.names.length > 0);
  if (hasFields) return evaluateFields(frame, dot, first, { args, final });
  if (first.kind !== "pipeline") frame.node = first;
  if (args.length > 0 || final !== undefined) failAt(frame, `can't give argument to non-function ${sourceText(first)}`);
  return first.kind === "nil" ? failAt(frame, "nil is not a command") : evaluateOperand(frame, dot, first);
}

/** Evaluates what stands alone: not an argument of anything, and without arguments. */
function evaluateOperand(frame: Frame, dot: Value, node: Operand): Value {
  frame.node = node;
  frame.rendering.budget.step();
  switch (node.kind) {
    case "dot":
      return dot;
    case "nil":
      return undefined;
    case "bool":
    case "string":
      return node.value;
    case "number":
      return node.value === "overflow" ? failAt(frame, `${node.source} overflows int`) : node.value;
    case "function":
      return call(frame, dot, { name: node.name, first: node, node, args: [], final: undefined });
    case "variable":
      return node.names.length === 0 ? valueOf(frame, node.name) : evaluateFields(frame, dot, node);
    case "field":
    case "chain":
      return evaluateFields(frame, dot, node);
    case "pipeline":
      return evaluatePipeline(frame, dot, node);
  }
}

/** Evaluates an argument; a function may ask for a string. */
function evaluateArgument(frame: Frame, dot: Value, node: Operand, parameter: Parameter): Value {
  frame.node = node;
  const isConstant = node.kind === "bool" || node.kind === "number";
  if (parameter === "string" && node.kind === "nil") return failAt(frame, "cannot assign nil to string");
  if (parameter === "string" && isConstant) return failAt(frame, `expected string; found ${sourceText(node)}`);
  return validated(frame, evaluateOperand(frame, dot, node), parameter);
}

function validated(frame: Frame, value: Value, parameter: Parameter): Value {
  if (parameter === "any" || typeof value === "string") return value;
  if (value === undefined) return failAt(frame, "invalid value; expected string");
  return failAt(frame, `wrong type for value; expected string; got ${typeOf(value)}`);
}

interface Arguments {
  readonly args: readonly Operand[];
  readonly final: Final;
}

const noArguments: Arguments = { args: [], final: undefined };

/** Follows `.A.B` from the dot, a variable or what parentheses give. Only the last name may be given arguments. */
function evaluateFields(
  frame: Frame,
  dot: Value,
  node: Field | Variable | Chain,
  { args, final }: Arguments = noArguments,
): Value {
  frame.node = node;
  const receiver = receiverOf(frame, dot, node);
  const argumentCount = args.length + (final === undefined ? 0 : 1);
  return node.names.reduce<Value>((value, name, index) => {
    const field = fieldOf(value, name, index === node.names.length - 1 ? argumentCount : 0);
    return field.ok ? field.value : failAt(frame, field.error);
  }, receiver);
}

function receiverOf(frame: Frame, dot: Value, node: Field | Variable | Chain): Value {
  switch (node.kind) {
    case "field":
      return dot;
    case "variable":
      return valueOf(frame, node.name);
    case "chain":
      if (node.operand.kind === "nil") failAt(frame, `indirection through explicit nil in ${sourceText(node)}`);
      return evaluateOperand(frame, dot, node.operand);
  }
}

interface Call extends Arguments {
  readonly name: GoString;
  readonly first: Operand;
  /** What a failure points at. */
  readonly node: Operand | Command;
}

function call(frame: Frame, dot: Value, { name, first, node, args, final }: Call): Value {
  frame.node = first;
  const { budget } = frame.rendering;
  const builtin = builtins.get(name) ?? failAt(frame, `${name} is not a defined function`);
  const count = args.length + (final === undefined ? 0 : 1);
  const least = builtin.parameters.length - (builtin.isVariadic ? 1 : 0);
  if (builtin.isVariadic && count < least) {
    failAt(frame, `wrong number of args for ${name}: want at least ${least} got ${args.length}`);
  }
  if (!builtin.isVariadic && count !== least)
    failAt(frame, `wrong number of args for ${name}: want ${least} got ${count}`);
  if (name === "and" || name === "or") return callShortCircuit(frame, dot, name === "or", { args, final });
  const values = args.map((argument, index) => evaluateArgument(frame, dot, argument, parameterOf(builtin, index)));
  if (final !== undefined) values.push(validated(frame, final.value, parameterOf(builtin, args.length)));
  for (const value of values) budget.spend(sizeOf(value));
  const result = builtin.call(values, budget);
  if (result.ok) return result.value;
  frame.node = node;
  return failAt(frame, `error calling ${name}: ${result.error}`);
}

/** A variadic function takes more of its last parameter. */
function parameterOf({ parameters }: Builtin, index: number): Parameter {
  return parameters[index] ?? parameters.at(-1) ?? "any";
}

/** `and` gives its first false argument, `or` its first true one; else both give the last. */
function callShortCircuit(frame: Frame, dot: Value, until: boolean, { args, final }: Arguments): Value {
  let value: Value;
  for (const argument of args) {
    value = evaluateArgument(frame, dot, argument, "any");
    if (isTrue(value) === until) return value;
  }
  return final === undefined ? value : final.value;
}
