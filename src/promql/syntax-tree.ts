/** A PromQL expression as it is understood: what is written in parentheses is a subtree, and nothing else is left of them. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | Subquery
  | Shifted
  | Call
  | Aggregation
  | Unary
  | Binary;

/** A number, as it was written: `1e3`, `-Inf`, `0x1f`. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly text: string;
}

/** A string, without its quotes and escapes. */
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
}

/** One condition on a label, as in `{label=~"value"}`. */
export interface LabelMatcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** Series by name and labels. Without a name, a matcher on `__name__` may say it. */
export interface VectorSelector {
  readonly kind: "selector";
  readonly series?: string;
  readonly matchers: readonly LabelMatcher[];
}

/** `x[5m]` */
export interface RangeSelector {
  readonly kind: "range";
  readonly of: Expr;
  /** As it was written. */
  readonly range: string;
}

/** `(…)[5m:30s]`; without a step, Prometheus' evaluation interval. */
export interface Subquery {
  readonly kind: "subquery";
  readonly of: Expr;
  readonly range: string;
  readonly step?: string;
}

/** The same at another time: `x offset 5m`, `x @ 1700000000`. */
export interface Shifted {
  readonly kind: "shifted";
  readonly of: Expr;
  readonly by: "offset" | "@";
}

/** `rate(…)` */
export interface Call {
  readonly kind: "call";
  readonly function: string;
  readonly args: readonly Expr[];
}

/** `max by (a, b) (…)` */
export interface Aggregation {
  readonly kind: "aggregation";
  /** In lower case. */
  readonly operator: string;
  /** Absent, all samples become one, without labels. */
  readonly grouping?: { readonly mode: "by" | "without"; readonly labels: readonly string[] };
  /** What is aggregated comes last; `topk`, `quantile` and others have a parameter before it. */
  readonly args: readonly Expr[];
}

/** `-x` */
export interface Unary {
  readonly kind: "unary";
  readonly operator: "+" | "-";
  readonly of: Expr;
}

/** How `left op right` is put together. */
export interface BinaryOperator {
  /** In lower case: `+`, `==`, `and`, … */
  readonly operator: string;
  /** `== bool`: 0 or 1 in place of a filter. */
  readonly bool: boolean;
  /** Absent, samples belong together that agree in all labels but their name. */
  readonly matching?: Matching;
}

/** Which samples of the two sides belong together. */
export interface Matching {
  readonly mode: "on" | "ignoring";
  readonly labels: readonly string[];
  /** The side of which several samples may match one of the other, and the labels that the other one lends them. */
  readonly group?: { readonly many: "left" | "right"; readonly include: readonly string[] };
}

/** `left op right` */
export interface Binary extends BinaryOperator {
  readonly kind: "binary";
  readonly left: Expr;
  readonly right: Expr;
}
