import type { Budget } from "./budget.ts";
import type { GoString } from "./go-string.ts";
import { plain } from "./print-flags.ts";
import { printValue } from "./print-value.ts";
import type { Value } from "./value.ts";

/** Writes values as Go's `fmt.Sprint` does: with a space between two that are both no strings. Undefined is `<nil>`. */
export function sprint(values: readonly Value[], budget: Budget): GoString {
  return values
    .map((value, index) => {
      const previous = values[index - 1];
      const apart = index > 0 && typeof value !== "string" && typeof previous !== "string";
      return (apart ? " " : "") + printValue(value, "v", { flags: plain, budget });
    })
    .join("");
}

/** Writes values as Go's `fmt.Sprintln` does: with a space between all, and a line end. */
export function sprintln(values: readonly Value[], budget: Budget): GoString {
  return `${values.map((value) => printValue(value, "v", { flags: plain, budget })).join(" ")}\n`;
}
