import type { Place } from "./yaml-node.ts";

/** The steps from the file's root to a value: field names, and positions in lists. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a value of the configuration file, or that it does not do. */
export interface Remark {
  readonly path: Path;
  /** Without a final period. */
  readonly message: string;
  /** What to do about it, where that can be told; without a final period. */
  readonly hint?: string;
}

/** A remark for a person, with its place in the file. */
export interface Problem {
  /** Dotted path from the file's root, such as `vms.labels.replica[0]`; empty for the whole file. */
  readonly path: string;
  /** Line in the file, from 1; absent where the path does not exist. */
  readonly line?: number;
  /** Column in the line, from 1, in UTF-16 units; absent where the line is. */
  readonly column?: number;
  /** What is wrong and what is expected, without a final period. */
  readonly message: string;
  /** What to do about it, where that can be told; without a final period. */
  readonly hint?: string;
}

/** Puts a remark at its place. */
export function problemAt({ path, message, hint }: Remark, place: Place | undefined): Problem {
  const dotted = path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./u, "");
  return { path: dotted, ...place, message, ...(hint === undefined ? {} : { hint }) };
}

/** Problems in the order of their places; those without one come first. */
export function inOrder<P extends Problem>(problems: readonly P[]): readonly P[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** One line for a person: `config.yaml:3:5: vms.window: Expected a duration such as "30s": got "soon"`. */
export function formatProblem(file: string, { path, line, column, message, hint }: Problem): string {
  const place = [line, column].flatMap((each) => (each === undefined ? [] : [`:${each}`])).join("");
  return `${file}${place}: ${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : `; ${hint}`}`;
}
