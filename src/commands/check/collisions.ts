import { type RemarkedFinding, warning } from "./finding.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";

/** Rules of one section that make one name, of which the later one counts; as far as that can be told without series. */
export function checkCollisions(rules: readonly RuleUnderCheck[]): readonly RemarkedFinding[] {
  return rules.flatMap((earlier, position) => {
    for (const later of rules.slice(position + 1)) {
      const name =
        later.section === earlier.section && canMeet(earlier, later) ? sharedName(earlier, later) : undefined;
      if (name === undefined) continue;
      const message = `${later.section}[${later.index}] has the metric ${name} as well, and counts`;
      return [warning([earlier.section, earlier.index], message, "give one of the two another name.as")];
    }
    return [];
  });
}

/** Custom metrics of different objects may have one name. */
function canMeet(a: RuleUnderCheck, b: RuleUnderCheck): boolean {
  if (a.section === "externalRules" || a.compiled.label !== undefined || b.compiled.label !== undefined) return true;
  const resources = new Set(a.rule.resources.overrides.map(resourceOf));
  return b.rule.resources.overrides.some((override) => resources.has(resourceOf(override)));
}

function resourceOf({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return `${resource.toLowerCase().replace(/s$/u, "")}.${group}`;
}

/** A name that both make; or what both call all of their series, where they find the same ones. */
function sharedName(a: RuleUnderCheck, b: RuleUnderCheck): string | undefined {
  if (a.seriesNames !== undefined && b.seriesNames !== undefined) {
    const names = new Set(b.seriesNames.map((series) => b.compiled.nameOf(series)));
    return a.seriesNames
      .map((series) => a.compiled.nameOf(series))
      .find((name) => name !== undefined && names.has(name));
  }
  const same = [a, b].map(({ rule: { seriesQuery, seriesFilters, name } }) =>
    JSON.stringify([seriesQuery, seriesFilters, name]),
  );
  return same[0] === same[1] ? "of each of its series" : undefined;
}
