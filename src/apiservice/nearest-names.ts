/** How like names have to be, from 0 to 1, that do not share letters by chance. */
export const similar = 0.4;

/**
 * The names most like `name`, best first, at most `limit`, and none that is less like it than `least`. Takes time linear in
 * the length of all names.
 */
export function nearestNames(name: string, known: readonly string[], limit: number, least = 0): readonly string[] {
  const pairs = letterPairs(name);
  return known
    .map((candidate) => ({ candidate, likeness: likeness(pairs, letterPairs(candidate)) }))
    .filter((candidate) => candidate.likeness >= least)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function letterPairs(name: string): ReadonlySet<string> {
  const text = `^${name.toLowerCase()}$`;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}

/** The Sørensen–Dice coefficient: 1 for equal sets, 0 for sets that share nothing. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [fewer, more] = a.size < b.size ? [a, b] : [b, a];
  const common = [...fewer].filter((pair) => more.has(pair)).length;
  return (2 * common) / (a.size + b.size);
}
