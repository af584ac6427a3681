import type { Expr, VectorSelector } from "./syntax-tree.ts";

/** Every selector of an expression, from left to right. */
export function selectorsIn(expr: Expr): readonly VectorSelector[] {
  return expr.kind === "selector" ? [expr] : partsOf(expr).flatMap(selectorsIn);
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "number":
    case "string":
    case "selector":
      return [];
    case "range":
    case "subquery":
    case "shifted":
    case "unary":
      return [expr.of];
    case "call":
    case "aggregation":
      return expr.args;
    case "binary":
      return [expr.left, expr.right];
  }
}
