import type { Rule } from "../../naming/rules/rule.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";

/** What is to be said of a rule's `resources`, and of `vms`. */
export function checkResources({ section, index, rule, compiled }: RuleUnderCheck): readonly RemarkedFinding[] {
  const { template, overrides, namespaced } = rule.resources;
  const path = [section, index, "resources"];
  const isMapped = template !== "" || overrides.length > 0;
  const custom = section === "rules";
  const namesNamespace = compiled.label !== undefined || overrides.some(isNamespace);
  return [
    ...(custom && !isMapped
      ? [warning(path, "It names no objects, so the rule has no metrics", "add template: <<.Resource>>, or overrides")]
      : []),
    ...(custom && !namespaced
      ? [warning([...path, "namespaced"], "Has no effect: it is for externalRules", "leave it out")]
      : []),
    ...(!custom && namespaced && !namesNamespace
      ? [warning(path, "No label stands for the namespace: the label namespace is taken", namespaceHint)]
      : []),
    ...(!custom && rule.vms
      ? [warning([section, index, "vms"], "Has no effect: external metrics are not about objects", "leave it out")]
      : []),
    ...repeated(rule).map(({ label, first }) =>
      warning(
        [...path, "overrides", label],
        `Queries do not use it: ${first} stands for the same`,
        "keep one of the two",
      ),
    ),
  ];
}

const namespaceHint = "add overrides: {namespace: {resource: namespace}}, or namespaced: false for all namespaces";

type Override = Rule["resources"]["overrides"][number];

function isNamespace({ group, resource }: Override): boolean {
  return group === "" && /^namespaces?$/iu.test(resource);
}

/** Labels that stand for what an earlier one stands for, as far as that can be told without the cluster. */
function repeated({ resources }: Rule): readonly { readonly label: string; readonly first: string }[] {
  return resources.overrides.flatMap((override, index) => {
    const first = resources.overrides.slice(0, index).find((earlier) => isSame(earlier, override));
    return first === undefined ? [] : [{ label: override.label, first: first.label }];
  });
}

function isSame(a: Override, b: Override): boolean {
  return a.group === b.group && singular(a.resource) === singular(b.resource);
}

function singular(resource: string): string {
  return resource.toLowerCase().replace(/s$/u, "");
}
