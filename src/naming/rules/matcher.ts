import { fail, ok, type Result } from "../../result.ts";
import type { LabelSelector, Requirement } from "../label-selector.ts";
import type { Compatibility } from "./compatibility.ts";
import { quote } from "./quote.ts";

/** A condition on a label of a series. */
export interface Matcher {
  readonly label: string;
  /** The values, joined by `|`, as templates see them: neither quoted nor escaped, and without the operator. */
  readonly value: string;
  /** The condition in PromQL: `pod=~"a|b"`. */
  readonly text: string;
}

/**
 * Turns the terms of a selector into matchers, in their order. Values stay as they are where they become a part of a regular
 * expression (`in`, `notin`), as in prometheus-adapter. Fails for `>` and `<`, which Prometheus does not have.
 */
export function selectorMatchers(
  selector: LabelSelector,
  { selectorKeys }: Compatibility,
): Result<readonly Matcher[], string> {
  if (selector.some(({ operator }) => operator === ">" || operator === "<")) {
    return fail("operator not supported by prometheus");
  }
  return ok(
    selector.map(({ key, operator, values }) => {
      const label = selectorKeys === "utf8" && !isClassicName(key) ? quote(key) : key;
      const value = values.join("|");
      return { label: key, value, text: `${label}${operators[operator]}${quote(value)}` };
    }),
  );
}

/** A matcher for one value: `namespace="shop"`. */
export function equalMatcher(label: string, value: string): Matcher {
  return { label, value, text: `${label}=${quote(value)}` };
}

/** A matcher for the names of objects: `pod="a"`, `pod=~"a|b"`, and for none `pod=""`. */
export function namesMatcher(label: string, names: readonly string[], { nameMatchers }: Compatibility): Matcher {
  const value = names.join("|");
  if (names.length < 2) return equalMatcher(label, value);
  const pattern = nameMatchers === "escaped" ? names.map(escapeRegexp).join("|") : value;
  return { label, value, text: `${label}=~${quote(pattern)}` };
}

/** PromQL's operators; `exists` and `!` have no value, and compare with the empty one. Those it lacks are refused before. */
const operators: Readonly<Record<Requirement["operator"], string>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  in: "=~",
  notin: "!~",
  exists: "!=",
  "!": "=",
  ">": ">",
  "<": "<",
};

/** Names that PromQL takes without quotes (Prometheus, "Data model"). */
function isClassicName(label: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/u.test(label);
}

function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/gu, "\\$&");
}
