import { fail, ok, type Result } from "../../result.ts";
import { compileRegexp } from "./regexp.ts";
import { quote } from "./quote.ts";
import type { Rule } from "./rule.ts";

/** Compiles an entry of `seriesFilters` to what it says of a series' name; the expression can match anywhere in it. */
export function compileSeriesFilter({
  is,
  isNot,
}: Rule["seriesFilters"][number]): Result<(series: string) => boolean, string> {
  if (is !== "" && isNot !== "") {
    const both = `an \`is\` (${quote(is)}) and \`isNot\` (${quote(isNot)})`;
    return fail(`cannot have both ${both} expression in a single filter`);
  }
  if (is === "" && isNot === "") return fail("must have either an `is` or `isNot` expression in a filter");

  const pattern = is === "" ? isNot : is;
  const regexp = compileRegexp(pattern);
  if (!regexp.ok) return fail(`unable to compile series filter ${quote(pattern)}: ${regexp.error}`);
  return ok((series) => regexp.value.test(series) === (is !== ""));
}
