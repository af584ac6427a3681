import { compileRegexp } from "../../naming/rules/regexp.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";

/** What is to be said of the names that a rule makes, and of the series that it leaves out. */
export function checkNames(checked: RuleUnderCheck): readonly RemarkedFinding[] {
  return [...lostReferences(checked), ...leavesOutAll(checked), ...contradictions(checked)];
}

/** `$1_per_second` is a group called `1_per_second` to Go, and empty where there is none of that name. */
function lostReferences({ section, index, rule }: RuleUnderCheck): readonly RemarkedFinding[] {
  const { matches, as } = rule.name;
  const regexp = compileRegexp(matches === "" ? ".*" : matches);
  if (!regexp.ok) return [];
  const { groupCount, groupNames } = regexp.value;
  return referencesIn(as).flatMap((name) => {
    if (/^\d+$/u.test(name) ? Number(name) <= groupCount : groupNames.includes(name)) return [];
    const digits = /^\d+/u.exec(name)?.[0];
    const meant = digits === undefined ? undefined : `\${${digits}}${name.slice(digits.length)}`;
    const hint = meant === undefined || meant.endsWith("}") ? undefined : `write ${meant}`;
    const message = `name.matches has no group ${JSON.stringify(name)}, so nothing stands in its place`;
    return [warning([section, index, "name", "as"], message, hint)];
  });
}

/** `$name` and `${name}`; `$$` is a dollar sign. */
function referencesIn(template: string): readonly string[] {
  const found = template.matchAll(/\$(?:\$|\{(\w+)\}|(\w+))/gu);
  return [...found].flatMap(([, braced, bare]) => braced ?? bare ?? []);
}

function leavesOutAll({ section, index, rule, compiled, seriesNames }: RuleUnderCheck): readonly RemarkedFinding[] {
  if (seriesNames === undefined) return [];
  const path = [section, index];
  if (seriesNames.length === 0) {
    return [warning([...path, "seriesQuery"], "It selects nothing: no name is all of what it says of __name__")];
  }
  const names = seriesNames.map((series) => compiled.nameOf(series));
  if (names.every((name) => name === undefined)) {
    const by = rule.name.matches === "" ? "seriesFilters" : "name";
    const message = `Leaves out all that seriesQuery selects: ${seriesNames.join(", ")}`;
    return [warning([...path, by], message, "they match anywhere in a name unless they begin with ^ and end with $")];
  }
  if (!names.includes("")) return [];
  return [warning([...path, "name"], "It makes an empty name, which nobody can ask for")];
}

/** One expression that must match and must not. */
function contradictions({ section, index, rule }: RuleUnderCheck): readonly RemarkedFinding[] {
  const wanted = new Set([rule.name.matches, ...rule.seriesFilters.map(({ is }) => is)].filter((each) => each !== ""));
  return rule.seriesFilters.flatMap(({ isNot }, filter) =>
    wanted.has(isNot)
      ? [warning([section, index, "seriesFilters", filter], "It leaves out all that name.matches and filters let in")]
      : [],
  );
}
