import type { Path, Remark } from "./problem.ts";
import type { Place, YamlNode } from "./yaml-node.ts";

/** What is wrong with a node. */
export type Report = (remark: Remark, place: Place) => void;

/** Reads a node that is no alias. `previous` is what a merge has put in its place already, or nothing's value. */
export type ReadNode<T> = (node: Exclude<YamlNode, { readonly kind: "alias" }>, previous: T, reading: Reading) => T;

/** One walk through a document. */
export interface Reading {
  /** Where the walk is. */
  readonly path: Path;
  readonly report: Report;
  /** Walks to a node: follows aliases, and gives up where they lead into themselves or to too much. */
  readonly read: <T>(node: YamlNode, step: Path, previous: T, read: ReadNode<T>) => T;
}

/**
 * Begins a walk. Aliases are bounded as in gopkg.in/yaml.v2 (decode.go), so that a short text cannot become a long one:
 * of more than a thousand nodes, 99 in 100 may come of aliases, and fewer from 400,000 on.
 */
export function startReading(report: Report): Reading {
  const counts = { nodes: 0, ofAliases: 0 };
  const entered = new Set<YamlNode>();
  let depth = 0;
  let tooMany = false;

  function readingAt(path: Path): Reading {
    return {
      path,
      report: (remark, place) => {
        if (!tooMany) report(remark, place);
      },
      read: (node, step, previous, read) => follow(node, [...path, ...step], previous, read),
    };
  }

  function follow<T>(node: YamlNode, path: Path, previous: T, read: ReadNode<T>): T {
    counts.nodes += 1;
    if (depth > 0) counts.ofAliases += 1;
    if (tooMany || isTooMuch(counts)) {
      if (!tooMany) report({ path, message: "Too many aliases (document contains excessive aliasing)" }, node.place);
      tooMany = true;
      return previous;
    }
    if (node.kind !== "alias") return read(node, previous, readingAt(path));
    if (entered.has(node)) {
      report({ path, message: `Endless (anchor '${node.name}' value contains itself)` }, node.place);
      return previous;
    }
    entered.add(node);
    depth += 1;
    const value = follow(node.target, path, previous, read);
    depth -= 1;
    entered.delete(node);
    return value;
  }

  return readingAt([]);
}

function isTooMuch({ nodes, ofAliases }: { readonly nodes: number; readonly ofAliases: number }): boolean {
  return ofAliases > 100 && nodes > 1_000 && ofAliases / nodes > allowedShare(nodes);
}

function allowedShare(nodes: number): number {
  return 0.99 - 0.89 * Math.min(1, Math.max(0, (nodes - 400_000) / 3_600_000));
}
