import type { VmMetric } from "../catalogue/vm-metric.ts";
import type { Question } from "./question.ts";

/** What is wrong with one metric of a catalogue. */
export interface Finding {
  /** Its name. */
  readonly metric: string;
  /** What is wrong, as a phrase for the person who wrote the entry. */
  readonly detail: string;
}

/** A metric and all that Prometheus is asked for it. */
export interface Inspected {
  readonly metric: VmMetric;
  readonly questions: readonly Question[];
}

/** Looks for one kind of mistake in a catalogue as a whole, in its order. */
export type Rule = (catalogue: readonly Inspected[]) => readonly Finding[];

/** A rule that looks at the entries of a catalogue beside each other. */
export function among(findings: (metrics: readonly VmMetric[]) => readonly Finding[]): Rule {
  return (catalogue) => findings(catalogue.map(({ metric }) => metric));
}

/** A rule that looks at one metric at a time. */
export function each(detailsOf: (metric: VmMetric) => readonly string[]): Rule {
  return (catalogue) =>
    catalogue.flatMap(({ metric }) => detailsOf(metric).map((detail) => ({ metric: metric.name, detail })));
}

/** A rule that looks at one question at a time. The same of two of them is said once. */
export function eachQuestion(detailsOf: (question: Question) => readonly string[]): Rule {
  return (catalogue) =>
    catalogue.flatMap(({ metric, questions }) => {
      const details = questions.flatMap((question) =>
        detailsOf(question).map((detail) => `${question.where}: ${detail}`),
      );
      return [...new Set(details)].map((detail) => ({ metric: metric.name, detail }));
    });
}
