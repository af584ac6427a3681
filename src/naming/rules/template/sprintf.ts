import type { Budget } from "./budget.ts";
import { createDirectives } from "./directive.ts";
import type { GoString } from "./go-string.ts";
import { plain } from "./print-flags.ts";
import { printValue } from "./print-value.ts";
import { typeOf, type Value } from "./value.ts";

/**
 * Fills a format as Go's `fmt.Sprintf` does, with its flags, widths, precisions and argument indexes. What is wrong with
 * the format is written out instead of failing: `%!d(string=up)`, `%!s(MISSING)`, `%!(EXTRA int=1)`, `%!(NOVERB)`.
 */
export function sprintf(format: GoString, args: readonly Value[], budget: Budget): GoString {
  const directives = createDirectives(format, args, budget);
  const parts: GoString[] = [];
  for (let next = directives.next(); next !== undefined; next = directives.next()) {
    budget.step();
    budget.spend(next.text.length);
    parts.push(next.text);
    if (next.print !== undefined) {
      parts.push(printValue(next.print.value, next.print.verb, { flags: next.print.flags, budget }));
    }
  }
  const unused = directives.unused();
  if (unused.length > 0) parts.push(`%!(EXTRA ${unused.map((value) => extra(value, budget)).join(", ")})`);
  return parts.join("");
}

function extra(value: Value, budget: Budget): GoString {
  if (value === undefined) return "<nil>";
  return `${typeOf(value)}=${printValue(value, "v", { flags: plain, budget })}`;
}
