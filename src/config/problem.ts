/** The steps from the file's root to a value: field names, and positions in lists. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a value of the configuration file, or that it does not do. */
export interface Remark {
  readonly path: Path;
  /** Without a final period. */
  readonly message: string;
}

/** A remark for a person, with its place in the file. */
export interface Problem {
  /** Dotted path from the file's root, such as `vms.labels.replica[0]`; empty for the whole file. */
  readonly path: string;
  /** Line in the file, from 1; absent where the path does not exist. */
  readonly line?: number;
  /** What is wrong and what is expected, without a final period. */
  readonly message: string;
}

/** Puts a remark at its place. */
export function problemAt({ path, message }: Remark, line: number | undefined): Problem {
  const dotted = path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./u, "");
  return { path: dotted, ...(line === undefined ? {} : { line }), message };
}

/** Problems in the order of their lines; those without a line come first. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** One line for a person: `config.yaml:3: vms.window: Expected a duration such as "30s": got "soon"`. */
export function formatProblem(file: string, { path, line, message }: Problem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}
