import { among, each, type Rule } from "./rule.ts";

/** The help is there, in full sentences, and belongs to one metric only. */
export const help: Rule = among((metrics) =>
  metrics.flatMap(({ name, help: text }, index) => {
    const earlier = metrics.slice(0, index).find((other) => other.help === text);
    const repeated = earlier === undefined ? [] : [`is that of ${earlier.name}`];
    return [...sentenceProblems(text.replaceAll(name, "")), ...repeated].map((problem) => ({
      metric: name,
      detail: `help ${problem}`,
    }));
  }),
);

/**
 * There is a reason where one is needed: for having no source, and for an autoscaler not to use what only grows. Why
 * something is not fed is a phrase that ends an error message, the other a full sentence.
 */
export const reason: Rule = each(({ unfed, unsuitable, sources, kind }) => [
  ...(unfed === undefined || isPhrase(unfed) ? [] : ["unfed is not a phrase without capital and period"]),
  ...(unsuitable === undefined ? [] : sentenceProblems(unsuitable).map((problem) => `unsuitable ${problem}`)),
  ...(sources.length === 0 && unfed === undefined ? ["has neither a source nor a reason for having none"] : []),
  ...(kind === "cumulative" && unsuitable === undefined ? ["does not say why it does not suit an autoscaler"] : []),
]);

/** What stands in for another figure says under which condition it is close, and promises nothing yet. */
export const proxySaysSo: Rule = each(({ proxy, help: text, stability }) => {
  if (proxy !== true) return [];
  const isSaid = /\b(?:if|unless|while|when|where|as long as|only)\b/iu.test(text);
  return [
    ...(isSaid ? [] : ["help does not say under which condition the figure is close"]),
    ...(stability === "ALPHA" ? [] : [`is a proxy, and cannot be ${stability}`]),
  ];
});

/** A sentence that begins with a small letter, but not with a name that is written so. */
const LOWER_CASE = /(?:^|[.!?] +)(?!libvirt|collectd|virt-)[^A-Z0-9]/u;

function isPhrase(text: string): boolean {
  return /^[a-z].*[^.\s]$/u.test(text) && text.split(" ").length >= 3;
}

function sentenceProblems(text: string): readonly string[] {
  if (text.trim().split(/\s+/u).length < 3) return ["is no sentence"];
  return [
    ...(LOWER_CASE.test(text) ? ["has a sentence without a capital"] : []),
    ...(text.endsWith(".") ? [] : ["has no period at its end"]),
    ...(/ {2}|\s$|[\n\t]/u.test(text) ? ["has spaces too many"] : []),
  ];
}
