import { clash, duplicate, grammar, kind, prefix, unit } from "./names.ts";
import { questionsOf } from "./question.ts";
import type { Finding, Rule } from "./rule.ts";
import { cluster, device, expressionParses, identityLabels, selection, sourceOrder } from "./questions.ts";
import { help, proxySaysSo, reason } from "./texts.ts";
import type { VmMetric } from "../catalogue/vm-metric.ts";

/** Every rule, by its id. */
const rules = {
  grammar,
  unit,
  kind,
  duplicate,
  clash,
  prefix,
  help,
  reason,
  "proxy-says-so": proxySaysSo,
  "expression-parses": expressionParses,
  "identity-labels": identityLabels,
  cluster,
  selection,
  device,
  "source-order": sourceOrder,
} satisfies Readonly<Record<string, Rule>>;

/** The id of a rule. */
export type LintRule = keyof typeof rules;

/** What is wrong with a metric of a catalogue, and by which rule. */
export interface LintProblem extends Finding {
  readonly rule: LintRule;
}

/** The rules' ids, in the order in which they are applied. */
export const lintRules: readonly LintRule[] = Object.keys(rules).filter(isRule);

/** Looks for mistakes in a catalogue of metrics: in names, which are API, in texts, and in what is asked of Prometheus. */
export function lintCatalogue(catalogue: readonly VmMetric[]): readonly LintProblem[] {
  const inspected = catalogue.map((metric) => ({ metric, questions: questionsOf(metric) }));
  return lintRules.flatMap((rule) => rules[rule](inspected).map((finding) => ({ rule, ...finding })));
}

function isRule(id: string): id is LintRule {
  return id in rules;
}
