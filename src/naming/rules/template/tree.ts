import type { GoString } from "./go-string.ts";
import type { NumberLiteral } from "./number.ts";

/** Where a node begins, in bytes from the start of the template. */
interface Placed {
  readonly position: number;
}

/** What a template consists of: text, and what stands between the delimiters. */
export type Node = Text | Action | Branch | Invocation | Jump;

export interface Text {
  readonly kind: "text";
  readonly text: GoString;
}

/** A pipeline whose value is printed, unless it goes to a variable. */
export interface Action {
  readonly kind: "action";
  readonly pipeline: Pipeline;
}

/** `if`, `with` or `range`; an `else if` is a branch in the branch of `else`. */
export interface Branch {
  readonly kind: "if" | "with" | "range";
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise?: readonly Node[] | undefined;
}

/** `template` or `block`. */
export interface Invocation extends Placed {
  readonly kind: "template";
  readonly name: GoString;
  readonly pipeline?: Pipeline | undefined;
}

/** Leaves a `range`, or goes on with its next element. */
export interface Jump {
  readonly kind: "break" | "continue";
}

/** Commands, of which each gets the value of the one before as its last argument. */
export interface Pipeline extends Placed {
  readonly kind: "pipeline";
  /** Variables that take the value, such as `$x`; two only in a `range`. */
  readonly variables: readonly GoString[];
  /** Whether the variables are there already (`=`) or begin here (`:=`). */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** An operand, or a function with its arguments. */
export interface Command extends Placed {
  readonly kind: "command";
  readonly first: Operand;
  readonly args: readonly Operand[];
}

/** A part of a command. */
export type Operand =
  | (Placed & { readonly kind: "dot" | "nil" })
  | (Placed & { readonly kind: "bool"; readonly value: boolean })
  | (Placed & { readonly kind: "number"; readonly source: GoString; readonly value: NumberLiteral })
  | (Placed & { readonly kind: "string"; readonly source: GoString; readonly value: GoString })
  | (Placed & { readonly kind: "function"; readonly name: GoString })
  | Field
  | Variable
  | Chain
  | Pipeline;

/** `.A.B` */
export interface Field extends Placed {
  readonly kind: "field";
  readonly names: readonly GoString[];
}

/** `$x.A.B` */
export interface Variable extends Placed {
  readonly kind: "variable";
  readonly name: GoString;
  readonly names: readonly GoString[];
}

/** `(pipeline).A.B` */
export interface Chain extends Placed {
  readonly kind: "chain";
  readonly operand: Operand;
  readonly names: readonly GoString[];
}

/** The templates of a text by their names. */
export type Definitions = ReadonlyMap<GoString, readonly Node[]>;
