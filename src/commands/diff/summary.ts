import type { Comparison } from "./compare-sides.ts";

/** A comparison in numbers. */
export interface Summary {
  /** How many both were asked. */
  readonly questions: number;
  /** Answered alike by both, errors included. */
  readonly same: number;
  /** Values that both have, and agree about. */
  readonly equalValues: number;
  /** Errors of the same status on both sides. */
  readonly errors: number;
  /** Metrics that only one lists, and whatever differs in answers: several in one answer are several. */
  readonly differences: number;
  /** Questions that one of them gave no answer to. */
  readonly unanswered: number;
}

/** Counts what a comparison found. */
export function summarize({ onlyHere, onlyThere, answers }: Comparison): Summary {
  const deviations = answers.reduce((sum, each) => sum + each.deviations.length, 0);
  return {
    questions: answers.length,
    same: answers.filter((each) => each.deviations.length === 0 && each.problem === undefined).length,
    equalValues: answers.reduce((sum, { equal }) => sum + equal, 0),
    errors: answers.filter(({ error }) => error !== undefined).length,
    differences: onlyHere.length + onlyThere.length + deviations,
    unanswered: answers.filter(({ problem }) => problem !== undefined).length,
  };
}
