import type { ReadNode, Reading } from "./reading.ts";
import { isMergeKey, type YamlMap, type YamlNode } from "./yaml-node.ts";
import { resolveScalar } from "./yaml-scalar.ts";

/**
 * Reads a node into objects, lists, texts, numbers, true, false and null, whatever is there. A key that stands twice in a
 * mapping is a problem; one that is merged in gives way to the mapping's own, and to those merged in before it.
 */
export const readPlain: ReadNode<unknown> = (node, _previous, reading) => {
  switch (node.kind) {
    case "scalar": {
      const resolved = resolveScalar(node);
      if (resolved.ok) return resolved.value.value;
      reading.report({ path: reading.path, message: `Cannot read a value (${resolved.error})` }, node.place);
      return null;
    }
    case "list":
      return node.items.map((item, index) => reading.read(item, [index], undefined, readPlain));
    case "map":
      return Object.fromEntries(new Map([...mergedInto(node, reading), ...ownOf(node, reading)]));
  }
};

type Entry = readonly [key: string, value: unknown];

function ownOf({ entries }: YamlMap, reading: Reading): readonly Entry[] {
  const seen = new Set<string>();
  return entries.flatMap(({ key, value }) => {
    if (isMergeKey(key)) return [];
    if (key.kind !== "scalar") {
      reading.report({ path: reading.path, message: "Expected a name: got a key that is no text" }, key.place);
      return [];
    }
    if (seen.has(key.text)) {
      reading.report({ path: [...reading.path, key.text], message: "Given twice" }, key.place);
    }
    seen.add(key.text);
    return [[key.text, reading.read(value, [key.text], undefined, readPlain)]];
  });
}

/** What is merged in first counts, so it comes last. */
function mergedInto({ entries }: YamlMap, reading: Reading): readonly Entry[] {
  const values = entries.filter(({ key }) => isMergeKey(key)).map(({ value }) => value);
  return values.flatMap((value) => mergedFrom(value, reading)).toReversed();
}

function mergedFrom(value: YamlNode, reading: Reading): readonly Entry[] {
  return reading.read<readonly Entry[]>(value, [], [], (node) => {
    if (node.kind === "list") return node.items.flatMap((item) => mergedFrom(item, reading));
    if (node.kind === "map") return [...ownOf(node, reading), ...mergedInto(node, reading).toReversed()];
    reading.report({ path: reading.path, message: "Expected fields to merge: got something else" }, node.place);
    return [];
  });
}
