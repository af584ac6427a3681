import { quoteString } from "./escape.ts";
import type { GoString } from "./go-string.ts";
import type { Command, Invocation, Operand, Pipeline } from "./tree.ts";

/** Writes a node as Go's messages quote it: `index .GroupBySlice 5`. */
export function sourceText(node: Operand | Command | Invocation): GoString {
  switch (node.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "number":
    case "string":
      return node.source;
    case "function":
      return node.name;
    case "field":
      return fields(node.names);
    case "variable":
      return node.name + fields(node.names);
    case "chain":
      return argument(node.operand) + fields(node.names);
    case "command":
      return [node.first, ...node.args].map(argument).join(" ");
    case "pipeline":
      return pipeline(node);
    case "template":
      return `{{template ${[quoteString(node.name), ...(node.pipeline ? [pipeline(node.pipeline)] : [])].join(" ")}}}`;
  }
}

function fields(names: readonly GoString[]): GoString {
  return names.map((name) => `.${name}`).join("");
}

function argument(node: Operand): GoString {
  return node.kind === "pipeline" ? `(${pipeline(node)})` : sourceText(node);
}

function pipeline({ variables, isAssignment, commands }: Pipeline): GoString {
  const targets = variables.length === 0 ? "" : `${variables.join(", ")} ${isAssignment ? "=" : ":="} `;
  return targets + commands.map(sourceText).join(" | ");
}
