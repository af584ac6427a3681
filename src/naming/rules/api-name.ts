import { fail, ok, type Result } from "../../result.ts";
import { quote } from "./quote.ts";
import { compileRegexp } from "./regexp.ts";
import type { Rule } from "./rule.ts";

/**
 * Compiles the `name` of a rule to a function from a series' name to the metric's. It is what `as` makes of the leftmost
 * match, not a replacement within the name; without `as`, the one group or the whole match. Undefined for a series that does
 * not match. The name can be empty: `$1_total` is a group called `1_total`.
 */
export function compileApiName({ name, seriesQuery }: Rule): Result<(series: string) => string | undefined, string> {
  const { matches, as } = name;
  const regexp = compileRegexp(matches === "" ? ".*" : matches);
  if (!regexp.ok) {
    const what = `series name filter from name rules associated with series query ${quote(seriesQuery)}`;
    return fail(`unable to generate ${what}: unable to compile series filter ${quote(matches)}: ${regexp.error}`);
  }
  const { expand, groupCount } = regexp.value;
  if (as === "" && groupCount > 1) {
    const what = `name matcher ${quote(matches)} associated with series query ${quote(seriesQuery)}`;
    return fail(`must specify an 'as' value for ${what}`);
  }
  const template = as === "" ? `$${groupCount}` : as;
  return ok((series) => expand(template, series));
}
