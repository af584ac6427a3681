import type { Budget } from "./budget.ts";
import { quoteString } from "./escape.ts";
import { TemplateFailure } from "./failure.ts";
import type { GoString } from "./go-string.ts";
import { sourceText } from "./source-text.ts";
import type { Command, Definitions, Invocation, Operand } from "./tree.ts";
import type { Value } from "./value.ts";

/** What all templates of one rendering share. */
export interface Rendering {
  /** Of the whole text, for messages. */
  readonly name: GoString;
  readonly source: GoString;
  readonly definitions: Definitions;
  readonly budget: Budget;
  readonly write: (text: GoString) => void;
}

/** The state of one template that runs. */
export interface Frame {
  readonly rendering: Rendering;
  /** Of the template that runs. */
  readonly name: GoString;
  /** Innermost last. A name can be there more than once: the last one counts. */
  readonly variables: { readonly name: GoString; value: Value }[];
  /** What is being evaluated, for messages. */
  node: Operand | Command | Invocation | undefined;
}

/** The frame of a template that begins to run; it sees its argument only. */
export function createFrame(rendering: Rendering, name: GoString, dot: Value): Frame {
  return { rendering, name, variables: [{ name: "$", value: dot }], node: undefined };
}

/** Sets the variable of that name that was declared last. */
export function assign(frame: Frame, name: GoString, value: Value): void {
  findVariable(frame, name).value = value;
}

/** The value of the variable of that name that was declared last. */
export function valueOf(frame: Frame, name: GoString): Value {
  return findVariable(frame, name).value;
}

function findVariable(frame: Frame, name: GoString): { value: Value } {
  const index = frame.variables.findLastIndex((variable) => variable.name === name);
  frame.rendering.budget.spend(frame.variables.length - index);
  // Known to the parser, but the declaration did not run.
  return frame.variables[index] ?? failAt(frame, `undefined variable: ${name}`);
}

/** Ends the rendering with a message that says where, as Go words it. */
export function failAt(frame: Frame, message: GoString): never {
  const { rendering, node, name } = frame;
  if (node === undefined) throw new TemplateFailure(`template: ${name}: ${message}`);
  const before = rendering.source.slice(0, node.position);
  const line = before.split("\n").length;
  const column = before.length - (before.lastIndexOf("\n") + 1);
  const place = `${rendering.name}:${line}:${column}: executing ${quoteString(name)} at <${sourceText(node)}>`;
  throw new TemplateFailure(`template: ${place}: ${message}`);
}
