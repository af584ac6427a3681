import { evaluatePipeline } from "./evaluate.ts";
import { quoteString } from "./escape.ts";
import { assign, createFrame, failAt, type Frame, type Rendering } from "./frame.ts";
import type { GoString } from "./go-string.ts";
import { sprint } from "./sprint.ts";
import type { Action, Branch, Invocation, Jump, Node } from "./tree.ts";
import { elementsOf, isTrue, type Value } from "./value.ts";

/** Runs the template of a name with a value for its dot. Throws a TemplateFailure. */
export function execute(rendering: Rendering, name: GoString, dot: Value): void {
  runNodes(createFrame(rendering, name, dot), dot, rendering.definitions.get(name) ?? []);
}

/** How a list of nodes was left; undefined at its end. */
type Exit = Jump["kind"] | undefined;

function runNodes(frame: Frame, dot: Value, nodes: readonly Node[]): Exit {
  return frame.rendering.budget.nested(() => {
    for (const node of nodes) {
      const exit = runNode(frame, dot, node);
      if (exit !== undefined) return exit;
    }
    return undefined;
  });
}

function runNode(frame: Frame, dot: Value, node: Node): Exit {
  frame.rendering.budget.step();
  switch (node.kind) {
    case "text":
      frame.rendering.write(node.text);
      return undefined;
    case "action":
      runAction(frame, dot, node);
      return undefined;
    case "if":
    case "with":
      return scoped(frame, () => runCondition(frame, dot, node));
    case "range":
      return scoped(frame, () => runRange(frame, dot, node));
    case "template":
      runTemplate(frame, dot, node);
      return undefined;
    case "break":
    case "continue":
      return node.kind;
  }
}

/** Variables that begin in a branch end with it. */
function scoped(frame: Frame, run: () => Exit): Exit {
  const { length } = frame.variables;
  const exit = run();
  frame.variables.length = length;
  return exit;
}

function runAction(frame: Frame, dot: Value, { pipeline }: Action): void {
  const value = evaluatePipeline(frame, dot, pipeline);
  if (pipeline.variables.length > 0) return;
  frame.rendering.write(value === undefined ? "<no value>" : sprint([value], frame.rendering.budget));
}

function runCondition(frame: Frame, dot: Value, { kind, pipeline, body, otherwise = [] }: Branch): Exit {
  const value = evaluatePipeline(frame, dot, pipeline);
  if (!isTrue(value)) return runNodes(frame, dot, otherwise);
  return runNodes(frame, kind === "with" ? value : dot, body);
}

function runTemplate(frame: Frame, dot: Value, node: Invocation): void {
  frame.node = node;
  const { name, pipeline } = node;
  const nodes = frame.rendering.definitions.get(name) ?? failAt(frame, `template ${quoteString(name)} not defined`);
  const value = pipeline === undefined ? undefined : evaluatePipeline(frame, dot, pipeline);
  runNodes(createFrame(frame.rendering, name, value), value, nodes);
}

function runRange(frame: Frame, dot: Value, { pipeline, body, otherwise = [] }: Branch): Exit {
  const value = evaluatePipeline(frame, dot, pipeline);
  const { variables, isAssignment } = pipeline;
  const declared = frame.variables.slice(frame.variables.length - variables.length);
  let isEmpty = true;
  for (const [key, element] of pairsOf(frame, value, variables.length)) {
    frame.rendering.budget.step();
    isEmpty = false;
    const values = variables.length === 1 ? [element] : [key, element];
    variables.forEach((name, index) => {
      const target = declared[index];
      if (isAssignment || target === undefined) assign(frame, name, values[index]);
      else target.value = values[index];
    });
    if (scoped(frame, () => runNodes(frame, element, body)) === "break") break;
  }
  return isEmpty ? runNodes(frame, dot, otherwise) : undefined;
}

/** What a range goes through: the items of a slice, a map in the order of its keys, the numbers below an integer. */
function pairsOf(frame: Frame, value: Value, variableCount: number): Iterable<readonly [Value, Value]> {
  if (value === undefined) return [];
  if (typeof value === "bigint") return integersOf(frame, value, variableCount, (number) => number);
  if (typeof value === "object") {
    if (value.kind === "slice") return elementsOf(value).map((element, index) => [BigInt(index), element] as const);
    if (value.kind === "map") return value.entries;
    if (value.kind === "uint8") {
      return integersOf(frame, value.value, variableCount, (number) => ({ kind: "uint8", value: number }));
    }
  }
  return failAt(frame, `range can't iterate over ${sprint([value], frame.rendering.budget)}`);
}

function integersOf(
  frame: Frame,
  end: bigint,
  variableCount: number,
  valueOf: (number: bigint) => Value,
): Iterable<readonly [Value, Value]> {
  if (variableCount > 1) failAt(frame, `can't use ${end} to iterate over more than one variable`);
  return below(end, valueOf);
}

function* below(end: bigint, valueOf: (number: bigint) => Value): Generator<readonly [Value, Value]> {
  for (let number = 0n; number < end; number += 1n) yield [undefined, valueOf(number)];
}
