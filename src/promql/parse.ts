import { parser } from "@prometheus-io/lezer-promql";
import { fail, ok, type Result } from "../result.ts";
import { combine, type Term } from "./operators.ts";
import { unquote } from "./string-literal.ts";
import type { Aggregation, BinaryOperator, Call, Expr, LabelMatcher, Matching, VectorSelector } from "./syntax-tree.ts";

/** Where an expression stops being PromQL. */
export interface ParseError {
  /** Counts UTF-16 units from the start of the text; its length where something is missing at the end. */
  readonly offset: number;
  /** What is there, such as `unexpected "]"`. */
  readonly detail: string;
}

type Node = ReturnType<typeof parser.parse>["topNode"];

/** Grammar that Prometheus knows only behind feature flags. */
const experimental: readonly string[] = ["AnchoredExpr", "SmoothedExpr", "FillModifier", "TrimUpper", "TrimLower"];

/**
 * Reads a PromQL expression. Fails where Prometheus' grammar ends, for functions that it does not have, and for what is
 * experimental there. That the arguments of a function fit is not asked here (`valueTypeOf`).
 */
export function parsePromQL(text: string): Result<Expr, ParseError> {
  const { topNode } = parser.parse(text);
  const error = firstError(topNode, text);
  return error === undefined ? ok(exprIn(topNode, text)) : fail(error);
}

function firstError(top: Node, text: string): ParseError | undefined {
  let error: ParseError | undefined;
  top.cursor().iterate(({ type, name, from, to }) => {
    if (error !== undefined) return false;
    if (type.isError) error = { offset: from, detail: unexpected(text.slice(from)) };
    else if (experimental.includes(name)) error = { offset: from, detail: `${text.slice(from, to)} is experimental` };
    else if (name === "StringLiteral" && unquote(text.slice(from, to)) === undefined) {
      error = { offset: from, detail: `${text.slice(from, to)} is not a string` };
    }
    return undefined;
  });
  return error;
}

function unexpected(rest: string): string {
  const [token] = /^\s*(?:\w+|\S)/u.exec(rest) ?? [];
  return token === undefined ? "unexpected end" : `unexpected ${JSON.stringify(token.trim())}`;
}

/** The expression that a node holds, such as what is in parentheses. */
function exprIn(node: Node, text: string): Expr {
  return exprOf(child(node, "Expr"), text);
}

function exprOf(node: Node, text: string): Expr {
  return combine(termsOf(node, text));
}

/**
 * The grammar lets `offset`, `@` and brackets end all that is before them: `a + b offset 5m` is read as `(a + b) offset
 * 5m`, where Prometheus reads `a + (b offset 5m)`. So the order is all that is taken from it.
 */
function termsOf(node: Node, text: string): readonly Term[] {
  switch (node.name) {
    case "BinaryExpr": {
      const [left, right] = children(node, "Expr");
      if (left === undefined || right === undefined) throw unknownNode(node);
      return [...termsOf(left, text), { role: "infix", ...operatorOf(node, text) }, ...termsOf(right, text)];
    }
    case "UnaryExpr":
      return [
        { role: "prefix", operator: textOf(child(node, "UnaryOp"), text) === "-" ? "-" : "+" },
        ...termsIn(node, text),
      ];
    case "MatrixSelector":
    case "SubqueryExpr":
    case "OffsetExpr":
    case "StepInvariantExpr": {
      const terms = termsIn(node, text);
      const last = terms.at(-1);
      if (last?.role !== "operand") throw unknownNode(node);
      return [...terms.slice(0, -1), { role: "operand", expr: ended(last.expr, node, text) }];
    }
    default:
      return [{ role: "operand", expr: operandOf(node, text) }];
  }
}

function termsIn(node: Node, text: string): readonly Term[] {
  return termsOf(child(node, "Expr"), text);
}

function ended(of: Expr, node: Node, text: string): Expr {
  const [range = "", step] = children(node, "DurationExpr").map((part) => textOf(part, text));
  if (node.name === "MatrixSelector") return { kind: "range", of, range };
  if (node.name === "SubqueryExpr") return { kind: "subquery", of, range, ...(step === undefined ? {} : { step }) };
  return { kind: "shifted", of, by: node.name === "OffsetExpr" ? "offset" : "@" };
}

function operandOf(node: Node, text: string): Expr {
  switch (node.name) {
    case "ParenExpr":
      return exprIn(node, text);
    case "NumberDurationLiteral":
      return { kind: "number", text: textOf(node, text) };
    case "StringLiteral":
      return { kind: "string", value: stringOf(node, text) };
    case "VectorSelector":
      return selectorOf(node, text);
    case "FunctionCall":
      return callOf(node, text);
    case "AggregateExpr":
      return aggregationOf(node, text);
    default:
      throw unknownNode(node);
  }
}

function selectorOf(node: Node, text: string): VectorSelector {
  const list = node.getChild("LabelMatchers");
  const quoted = list?.getChild("QuotedLabelName");
  const name = node.getChild("Identifier");
  const series = name ? textOf(name, text) : quoted ? nameOf(quoted, text) : undefined;
  const matchers = list ? [...children(list, "UnquotedLabelMatcher"), ...children(list, "QuotedLabelMatcher")] : [];
  return {
    kind: "selector",
    ...(series === undefined ? {} : { series }),
    matchers: matchers.toSorted((a, b) => a.from - b.from).map((matcher) => matcherOf(matcher, text)),
  };
}

function matcherOf(node: Node, text: string): LabelMatcher {
  const op = textOf(child(node, "MatchOp"), text);
  if (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~") throw unknownNode(node);
  const label = node.getChild("LabelName") ?? child(node, "QuotedLabelName");
  return { label: nameOf(label, text), op, value: stringOf(child(node, "StringLiteral"), text) };
}

function callOf(node: Node, text: string): Call {
  return { kind: "call", function: textOf(child(node, "FunctionIdentifier"), text), args: argsOf(node, text) };
}

function aggregationOf(node: Node, text: string): Aggregation {
  const operator = textOf(child(node, "AggregateOp"), text).toLowerCase();
  const modifier = node.getChild("AggregateModifier");
  const args = argsOf(node, text);
  if (modifier === null) return { kind: "aggregation", operator, args };
  const mode = modifier.getChild("By") === null ? "without" : "by";
  const labels = labelsIn(child(modifier, "GroupingLabels"), text);
  return { kind: "aggregation", operator, grouping: { mode, labels }, args };
}

function argsOf(node: Node, text: string): readonly Expr[] {
  return children(child(node, "FunctionCallBody"), "Expr").map((arg) => exprOf(arg, text));
}

function operatorOf(node: Node, text: string): BinaryOperator {
  const operator = child(node, "Expr").nextSibling;
  if (operator === null) throw unknownNode(node);
  const clause = node.getChild("MatchingModifierClause");
  return {
    operator: textOf(operator, text).toLowerCase(),
    bool: node.getChild("BoolModifier") !== null,
    ...(clause === null ? {} : { matching: matchingOf(clause, text) }),
  };
}

function matchingOf(clause: Node, text: string): Matching {
  const [labels = [], include = []] = children(clause, "GroupingLabels").map((list) => labelsIn(list, text));
  const mode = clause.getChild("On") === null ? "ignoring" : "on";
  const many = clause.getChild("GroupLeft") ? "left" : clause.getChild("GroupRight") ? "right" : undefined;
  return { mode, labels, ...(many === undefined ? {} : { group: { many, include } }) };
}

function labelsIn(list: Node, text: string): readonly string[] {
  const labels = [...children(list, "LabelName"), ...children(list, "QuotedLabelName")];
  return labels.toSorted((a, b) => a.from - b.from).map((label) => nameOf(label, text));
}

function nameOf(node: Node, text: string): string {
  return node.name === "QuotedLabelName" ? stringOf(child(node, "StringLiteral"), text) : textOf(node, text);
}

function stringOf(node: Node, text: string): string {
  const value = unquote(textOf(node, text));
  if (value === undefined) throw unknownNode(node);
  return value;
}

function textOf(node: Node, text: string): string {
  return text.slice(node.from, node.to);
}

function child(node: Node, name: string): Node {
  const found = node.getChild(name);
  if (found === null) throw unknownNode(node);
  return found;
}

function children(node: Node, name: string): readonly Node[] {
  return node.getChildren(name);
}

/** The grammar has something that is not known here, which is a mistake here. */
function unknownNode(node: Node): Error {
  return new Error(`Cannot read PromQL: ${node.name} at ${node.from} is not expected`);
}
