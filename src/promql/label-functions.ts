import { distinct, excluding, has, including, type LabelSet } from "./label-set.ts";

/** A pattern that takes in the whole value, and nothing else. */
const whole = ["(.*)", "(.+)"];
/** A group that cannot be empty: `(.+)`, `([^_]+)`. */
const GROUP = /\((?:\.|\\w|\\d|\[\^?[^\][\\]+\])\+\)/u;
/** What may stand between such groups without making one optional or taking one for something else. */
const PLAIN = /^(?:[\w/:@ -]|\.[*+]?)*$/u;
/** `$1`, `${1}` */
const REFERENCE = /\$(?:([1-9])(?!\w)|\{([1-9])\})/gu;

/**
 * What samples with these labels carry after `label_replace(…, target, replacement, source, pattern)`; several sets where it
 * depends on whether the pattern matches, or on what it matches.
 */
export function replacedLabels(set: LabelSet, args: readonly (string | undefined)[]): readonly LabelSet[] {
  const [target = "", replacement = "", source = "", pattern = ""] = args;
  const [filled, emptied] = [including(set, [target]), excluding(set, [target])];
  // A copy is there if what it was copied from is.
  if (whole.includes(pattern) && /^\$(?:1|\{1\})$/u.test(replacement) && has(set, source)) return [filled];
  const isFilled = hasOwnText(replacement) || fillsWithGroup(replacement, pattern);
  const matching = isFilled ? [filled] : [filled, emptied];
  return distinct(/^\.\*$|^\(\.\*\)$/u.test(pattern) ? matching : [set, ...matching]);
}

/** What samples with these labels carry after `label_join(…, target, separator, source, …)`. */
export function joinedLabels(set: LabelSet, args: readonly (string | undefined)[]): readonly LabelSet[] {
  const [target = "", separator = "", ...sources] = args;
  const [filled, emptied] = [including(set, [target]), excluding(set, [target])];
  const given = sources.filter((label) => label !== undefined && has(set, label));
  if (separator !== "" && sources.length > 1) return [filled];
  if (given.length === 0) return [emptied];
  // One label alone is copied: the copy is there if the label is.
  return given.length === 1 ? [filled] : distinct([filled, emptied]);
}

function hasOwnText(replacement: string): boolean {
  return replacement.replace(/\$(?:\w+|\{\w+\})/gu, "") !== "";
}

/** Whether it names a group that takes part in each match of the pattern with at least one character. */
function fillsWithGroup(replacement: string, pattern: string): boolean {
  const between = pattern.split(GROUP);
  if (!between.every((text) => PLAIN.test(text))) return false;
  return [...replacement.matchAll(REFERENCE)].some(([, a, b]) => Number(a ?? b) < between.length);
}
