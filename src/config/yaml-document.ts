import { isMap, LineCounter, parseDocument, type Document, type YAMLError } from "yaml";
import { fail, ok, type Result } from "../result.ts";
import type { Path, Problem } from "./problem.ts";

/** A YAML text that could be read. */
export interface YamlDocument {
  /** Plain data; null for an empty text. */
  readonly value: unknown;
  /** Keys that stand twice in one mapping, which the last one wins. */
  readonly duplicates: readonly Problem[];
  /** The line, from 1, of the key at a path, or of the value where it stands in a list; undefined where there is none. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** Reads YAML 1.1, as Kubernetes does. Fails with one problem for each line that is not YAML. */
export function parseYaml(text: string): Result<YamlDocument, readonly Problem[]> {
  const lines = new LineCounter();
  // A pretty error is one of several lines.
  const document = parseDocument(text, { version: "1.1", uniqueKeys: true, prettyErrors: false, lineCounter: lines });
  const problems = document.errors.map((error) => ({
    path: "",
    line: lines.linePos(error.pos[0]).line,
    message: textOf(error, text),
    isDuplicate: error.code === "DUPLICATE_KEY",
  }));
  const [duplicates = [], others = []] = [true, false].map((wanted) =>
    problems.flatMap(({ isDuplicate, ...problem }) => (isDuplicate === wanted ? [problem] : [])),
  );
  if (others.length > 0) return fail(firstOfEachLine([...duplicates, ...others]));
  const value = plainData(document);
  return value.ok ? ok({ value: value.value, duplicates, lineOf: (path) => lineOf(path, document, lines) }) : value;
}

/** What the package says of frequent mistakes is about its own functions, or about how YAML is made. */
function textOf({ code, message, pos }: YAMLError, text: string): string {
  if (code === "DUPLICATE_KEY") return `${/[^\s:]*/u.exec(text.slice(pos[0]))?.[0]} is there already`;
  if (code === "TAB_AS_INDENT") return "Expected spaces: got a tab, which YAML does not take as indentation";
  if (code === "MULTIPLE_DOCS") return "Expected one document: got another after ---";
  return message;
}

/** What follows the first mistake of a line follows from it. */
function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  return [...Map.groupBy(problems, ({ line }) => line).values()].flatMap((each) => each.slice(0, 1));
}

/** An alias without an anchor is found here only, and so are aliases that unfold to too much. */
function plainData(document: Document): Result<unknown, readonly Problem[]> {
  try {
    return ok(document.toJS());
  } catch (thrown) {
    return fail([{ path: "", message: thrown instanceof Error ? thrown.message : String(thrown) }]);
  }
}

function lineOf(path: Path, document: Document, lines: LineCounter): number | undefined {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  const node = isMap(parent)
    ? (parent.items.find((item) => String(item.key) === String(key))?.key ?? parent)
    : document.getIn(path, true);
  const range = (node as { range?: readonly number[] } | undefined)?.range;
  return range === undefined ? undefined : lines.linePos(range[0] ?? 0).line;
}
