import type { Matcher } from "../../promql/expression.ts";
import { outputLabels } from "../../promql/output-labels.ts";
import { selectorsIn } from "../../promql/selectors.ts";
import type { Expr, VectorSelector } from "../../promql/syntax-tree.ts";
import { nameOf, type Question, someDevice } from "./question.ts";
import { eachQuestion, type Rule } from "./rule.ts";

/** Every expression is PromQL, and gives one sample for each series. */
export const expressionParses: Rule = eachQuestion(({ tree }) => (tree.ok ? [] : [tree.error]));

/** Every expression keeps exactly the labels that tell virtual machines apart. */
export const identityLabels: Rule = eachTree((tree, { scope }) => {
  const labels = outputLabels(tree);
  if ("unknown" in labels) return [labels.unknown];
  const subject = scope.subject.toSorted();
  return labels.exactly.join() === subject.join()
    ? []
    : [`samples carry ${labels.exactly.join(", ") || "no label"} instead of ${subject.join(", ")}`];
});

/** Every selector keeps to one cluster: a backend may have the same namespaces of several. */
export const cluster: Rule = eachTree((tree, { scope }) =>
  selectorsIn(tree)
    .filter((selector) => !carries(selector, scope.cluster))
    .map(({ series }) => `${series ?? "a selector"} is read of all clusters`),
);

/** Every selector keeps to the virtual machines that are asked for, but for series that know none. */
export const selection: Rule = eachTree((tree, { scope }) =>
  selectorsIn(tree)
    .filter((selector) => !carries(selector, scope.matchers) && !withoutVms.test(selector.series ?? ""))
    .map(({ series }) => `${series ?? "a selector"} is read of all virtual machines`),
);

/** Where a device can be asked for, every source that knows it asks for it. */
export const device: Rule = eachQuestion(({ scope, text }) =>
  scope.devices.length > 0 && !text.includes(someDevice) ? ["a device is not selected"] : [],
);

/** No source is there twice, and those that know devices by KubeVirt's names come before those that do not. */
export const sourceOrder: Rule = (catalogue) =>
  catalogue.flatMap(({ metric: { name, sources }, questions }) => {
    const texts = sources.map((source) => questions.find((each) => each.source === source)?.text);
    const firstForeign = sources.findIndex(({ foreignDevices }) => foreignDevices === true);
    const again = sources.filter((_, index) => texts.some((text, other) => other < index && text === texts[index]));
    const late = sources.filter(
      (source, index) => source.foreignDevices !== true && index > firstForeign && firstForeign >= 0,
    );
    return [
      ...again.map((source) => ({ metric: name, detail: `${nameOf(source)}: asks what an earlier source asks` })),
      ...late.map((source) => ({
        metric: name,
        detail: `${nameOf(source)}: comes after one that does not know its devices`,
      })),
    ];
  });

/** What targets say of themselves, and kubelets of volume claims. */
const withoutVms = /^kubevirt_info$|^kubelet_volume_stats_/u;

/** A rule about expressions; those that are not PromQL are another rule's business. */
function eachTree(detailsOf: (tree: Expr, question: Question) => readonly string[]): Rule {
  return eachQuestion((question) => (question.tree.ok ? detailsOf(question.tree.value, question) : []));
}

function carries({ matchers }: VectorSelector, wanted: readonly Matcher[]): boolean {
  return wanted.every(({ label, op, value }) =>
    matchers.some((matcher) => matcher.label === label && matcher.op === op && matcher.value === value),
  );
}
