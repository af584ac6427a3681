import type { Path } from "./problem.ts";

/** Where something begins in a text; both count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as it was written, before anybody decides what its scalars mean. */
export type YamlNode = YamlScalar | YamlList | YamlMap | YamlAlias;

/** A text, a number, true, nothing: what it is depends on who reads it. */
export interface YamlScalar {
  readonly kind: "scalar";
  readonly place: Place;
  /** Without quotes and escapes; block scalars with their line ends. */
  readonly text: string;
  /** Neither quoted nor tagged, so that its text decides what it is. */
  readonly plain: boolean;
  /** Such as `tag:yaml.org,2002:int` or `!own`; empty when absent. */
  readonly tag: string;
}

/** A sequence. */
export interface YamlList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly YamlNode[];
}

/** A mapping, with keys that stand twice and `<<` as they are. */
export interface YamlMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: readonly YamlEntry[];
}

/** One key of a mapping and its value. */
export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** `*name`; what it stands for may hold the alias itself. */
export interface YamlAlias {
  readonly kind: "alias";
  readonly place: Place;
  readonly name: string;
  readonly target: YamlNode;
}

/** `<<`, whose value's entries belong to the mapping (https://yaml.org/type/merge.html). */
export function isMergeKey(key: YamlNode): boolean {
  return key.kind === "scalar" && key.text === "<<" && (key.plain || key.tag === "tag:yaml.org,2002:merge");
}

/** What a node stands for: itself, or the target of an alias. An alias is never the target of another. */
export function targetOf(node: YamlNode): Exclude<YamlNode, YamlAlias> {
  return node.kind === "alias" ? targetOf(node.target) : node;
}

/**
 * Where the key at a path is, or the value where it stands in a list; where the path ends before, what holds it. Undefined
 * where not even its first step is there.
 */
export function placeAt(root: YamlNode, path: Path): Place | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return root.place;
  const node = targetOf(root);
  if (node.kind === "list") {
    const item = typeof step === "number" ? node.items[step] : undefined;
    return item && (placeAt(item, rest) ?? item.place);
  }
  const entry = node.kind === "map" ? entryOf(node, String(step), 0) : undefined;
  if (entry === undefined || rest.length === 0) return entry?.key.place;
  return placeAt(entry.value, rest) ?? entry.key.place;
}

/** Merges within merges are followed so far. */
const maxDepth = 20;

/** The last entry with this key; those that are merged in come after the mapping's own. */
function entryOf({ entries }: YamlMap, name: string, depth: number): YamlEntry | undefined {
  const own = entries.findLast(({ key }) => key.kind === "scalar" && key.text === name);
  if (own !== undefined || depth > maxDepth) return own;
  const merged = entries.filter(({ key }) => isMergeKey(key)).flatMap(({ value }) => mappingsIn(value));
  return merged.map((mapping) => entryOf(mapping, name, depth + 1)).find((entry) => entry !== undefined);
}

function mappingsIn(value: YamlNode): readonly YamlMap[] {
  const node = targetOf(value);
  if (node.kind === "list") return node.items.map(targetOf).filter((item) => item.kind === "map");
  return node.kind === "map" ? [node] : [];
}
