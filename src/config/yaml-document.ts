import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { fail, ok, type Result } from "../result.ts";
import type { Problem } from "./problem.ts";
import type { Place, YamlEntry, YamlNode } from "./yaml-node.ts";

/** A YAML text that could be read. */
export interface YamlDocument {
  /** Undefined for an empty text. */
  readonly root?: YamlNode;
  /** Where a second document begins, which nobody reads. */
  readonly next?: Place;
}

/** Scalars stay texts, because what they mean depends on the field; keys that stand twice are for the reader to judge. */
const options = {
  version: "1.1",
  schema: "failsafe",
  resolveKnownTags: false,
  uniqueKeys: false,
  // A pretty error is one of several lines.
  prettyErrors: false,
} as const;

/**
 * Reads the first document of a YAML 1.1 text, which is the one that prometheus-adapter reads. Fails with one problem for
 * each line that is not YAML.
 */
export function parseYaml(text: string): Result<YamlDocument, readonly Problem[]> {
  const lines = new LineCounter();
  function placeOf(offset: number): Place {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  try {
    const documents: readonly Document.Parsed[] = parseAllDocuments(text, { ...options, lineCounter: lines });
    const [first, next] = documents;
    if (first === undefined) return ok({});
    const problems = first.errors.map((error) => ({ path: "", ...placeOf(error.pos[0]), message: textOf(error) }));
    const { explicit, version } = first.directives.yaml;
    if (explicit === true && version !== "1.1") {
      problems.push({ path: "", line: 1, column: 1, message: "Expected YAML 1.1 (found incompatible YAML document)" });
    }
    if (problems.length > 0) return fail(firstOfEachLine(problems));
    const root = first.contents === null ? ok({}) : treeOf(first.contents, text, placeOf);
    if (!root.ok) return root;
    return ok({ ...root.value, ...(next === undefined ? {} : { next: placeOf(next.range[0]) }) });
  } catch (thrown) {
    // The package descends once for each level; libyaml ends at 10,000.
    if (thrown instanceof RangeError) return fail([{ path: "", message: "Expected fewer levels of nesting" }]);
    throw thrown;
  }
}

/** What the package says of a frequent mistake is about how YAML is made. */
function textOf({ code, message }: { readonly code: string; readonly message: string }): string {
  return code === "TAB_AS_INDENT" ? "Expected spaces: got a tab, which YAML does not take as indentation" : message;
}

/** What follows the first mistake of a line follows from it. */
function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  return [...Map.groupBy(problems, ({ line }) => line).values()].flatMap((each) => each.slice(0, 1));
}

/** The tree below a node of the package, with each alias tied to the anchor of its name that was last seen before it. */
function treeOf(
  contents: Node,
  text: string,
  placeOf: (offset: number) => Place,
): Result<{ readonly root: YamlNode }, readonly Problem[]> {
  const anchors = new Map<string, YamlNode>();
  const problems: Problem[] = [];

  function convert(node: Node | null | undefined, fallback: Place): YamlNode {
    const place = node?.range ? placeOf(node.range[0]) : fallback;
    if (isAlias(node)) return aliasOf(node, place);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    // Known by its name before what it holds is: an alias in there means this node.
    function anchored(built: YamlNode): void {
      if (anchor !== undefined) anchors.set(anchor, built);
    }
    if (isMap(node)) {
      const entries: YamlEntry[] = [];
      const map: YamlNode = { kind: "map", place, entries };
      anchored(map);
      for (const { key, value } of node.items) {
        const built = convert(key as Node | null, place);
        entries.push({ key: built, value: convert(value as Node | null, built.place) });
      }
      return map;
    }
    if (isSeq(node)) {
      const items: YamlNode[] = [];
      const list: YamlNode = { kind: "list", place, items };
      anchored(list);
      for (const item of node.items) items.push(convert(item as Node | null, place));
      return list;
    }
    const scalar = scalarOf(node, text, place);
    anchored(scalar);
    return scalar;
  }

  function aliasOf({ source }: Alias, place: Place): YamlNode {
    const target = anchors.get(source);
    if (target !== undefined) return { kind: "alias", place, name: source, target };
    problems.push({ path: "", ...place, message: `Unknown anchor (unknown anchor '${source}' referenced)` });
    return nothing(place);
  }

  const root = convert(contents, { line: 1, column: 1 });
  return problems.length === 0 ? ok({ root }) : fail(problems);
}

function scalarOf(node: Node | null | undefined, text: string, place: Place): YamlNode {
  if (!isScalar(node)) return nothing(place);
  const { source = "", type, tag = "", range } = node;
  const plain = tag === "!" || (tag === "" && type === "PLAIN");
  // The package adds the line end that a block scalar lacks at the end of a file; libyaml does not.
  const unended = type?.startsWith("BLOCK") && range?.[1] === text.length && !text.endsWith("\n");
  return { kind: "scalar", place, text: unended ? source.replace(/\n$/u, "") : source, plain, tag };
}

function nothing(place: Place): YamlNode {
  return { kind: "scalar", place, text: "", plain: true, tag: "" };
}
