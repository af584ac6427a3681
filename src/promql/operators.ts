import type { BinaryOperator, Expr, Unary } from "./syntax-tree.ts";

/** A part of an expression that is not in parentheses, in the order in which it is written. */
export type Term =
  | { readonly role: "operand"; readonly expr: Expr }
  | { readonly role: "prefix"; readonly operator: Unary["operator"] }
  | ({ readonly role: "infix" } & BinaryOperator);

/** From those that bind least to those that bind most; all but `^` take their left neighbour first. */
const levels = [
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%", "atan2"],
  ["^"],
];
const power = levels.length - 1;

/**
 * Puts operands together as Prometheus does: `a + b * c` is `a + (b * c)`, `-a ^ b` is `-(a ^ b)`. Throws unless the
 * terms are operands, each with its prefixes, that infix operators stand between.
 */
export function combine(terms: readonly Term[]): Expr {
  const rest = [...terms];

  function operand(): Expr {
    const term = rest.shift();
    if (term?.role === "prefix") return { kind: "unary", operator: term.operator, of: binary(power) };
    if (term?.role === "operand") return term.expr;
    throw new Error("Cannot combine the terms of an expression: operand expected");
  }

  function binary(least: number): Expr {
    let left = operand();
    for (;;) {
      const [next] = rest;
      if (next?.role !== "infix" || levelOf(next.operator) < least) return left;
      rest.shift();
      const level = levelOf(next.operator);
      const { operator, bool, matching } = next;
      const right = binary(level === power ? level : level + 1);
      left = { kind: "binary", operator, bool, ...(matching === undefined ? {} : { matching }), left, right };
    }
  }

  const expr = binary(0);
  if (rest.length > 0) throw new Error("Cannot combine the terms of an expression: operator expected");
  return expr;
}

function levelOf(operator: string): number {
  const level = levels.findIndex((operators) => operators.includes(operator));
  if (level < 0) throw new Error(`Cannot combine the terms of an expression: operator ${JSON.stringify(operator)}`);
  return level;
}
