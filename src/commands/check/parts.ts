import type { Expr } from "../../promql/syntax-tree.ts";

/** An expression and all that it is made of. */
export function partsIn(expr: Expr): readonly Expr[] {
  return [expr, ...partsOf(expr).flatMap(partsIn)];
}

function partsOf(expr: Expr): readonly Expr[] {
  if (expr.kind === "call" || expr.kind === "aggregation") return expr.args;
  if (expr.kind === "binary") return [expr.left, expr.right];
  return "of" in expr ? [expr.of] : [];
}
