import { quote } from "../../naming/rules/quote.ts";
import type { LabelMatcher } from "../../promql/syntax-tree.ts";

/** Writes conditions as a series selector of PromQL: `{__name__="up",job!=""}`. */
export function formatSelector(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(formatMatcher).join(",")}}`;
}

/** Writes one condition: `job!=""`. */
export function formatMatcher({ label, op, value }: LabelMatcher): string {
  return `${label}${op}${quote(value)}`;
}
