import { setImmediate as nextTurn } from "node:timers/promises";

/** So many comparisons take some milliseconds. */
const comparisonsInTurn = 50_000;

/**
 * Keeps the items that `keep` says, in order. Where there is much to compare, everything else gets its turn in between: the
 * selectors of one client must not hold up the answers to others. `comparisons` is what one item costs.
 */
export async function filterInTurns<T>(
  items: readonly T[],
  comparisons: number,
  keep: (item: T) => boolean,
): Promise<readonly T[]> {
  const size = Math.max(1, Math.floor(comparisonsInTurn / Math.max(1, comparisons)));
  const kept: T[] = [];
  for (let at = 0; at < items.length; at += size) {
    if (at > 0) await nextTurn();
    kept.push(...items.slice(at, at + size).filter(keep));
  }
  return kept;
}
