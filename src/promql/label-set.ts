/**
 * Labels that a sample carries, as far as the series have them that it comes from: just these, or whatever the series have
 * but these. A label with an empty value is one that is not there, as everywhere in PromQL.
 */
export type LabelSet = { readonly only: readonly string[] } | { readonly allBut: readonly string[] };

/** Just these. */
export function only(labels: readonly string[]): LabelSet {
  return { only: sorted(labels) };
}

/** All that a series has, but these. */
export function allBut(labels: readonly string[]): LabelSet {
  return { allBut: sorted(labels) };
}

/** Whether a sample may carry a label. */
export function has(set: LabelSet, label: string): boolean {
  return "only" in set ? set.only.includes(label) : !set.allBut.includes(label);
}

/** A set and further labels. */
export function including(set: LabelSet, labels: readonly string[]): LabelSet {
  return "only" in set ? only([...set.only, ...labels]) : allBut(set.allBut.filter((label) => !labels.includes(label)));
}

/** A set without some labels. */
export function excluding(set: LabelSet, labels: readonly string[]): LabelSet {
  return "only" in set ? only(set.only.filter((label) => !labels.includes(label))) : allBut([...set.allBut, ...labels]);
}

/** What both sets have. */
export function intersection(a: LabelSet, b: LabelSet): LabelSet {
  return "allBut" in b ? excluding(a, b.allBut) : only(b.only.filter((label) => has(a, label)));
}

/** Each different set once. */
export function distinct(sets: readonly LabelSet[]): readonly LabelSet[] {
  return [...new Map(sets.map((set) => [JSON.stringify(set), set])).values()];
}

function sorted(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)].toSorted();
}
