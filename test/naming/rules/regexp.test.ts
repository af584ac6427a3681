import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRegexp, type Regexp } from "../../../src/naming/rules/regexp.ts";
import { counterexample } from "../../support/property.ts";
import vectors from "../../vectors/go-regexps.json" with { type: "json" };

/** What Go's regexp package says: names of groups, and what `as` makes of each input, or why it does not compile. */
interface GoRegexp {
  readonly matches: string;
  readonly as: string;
  readonly inputs: readonly string[];
  readonly groups?: readonly string[];
  readonly names?: readonly (string | null)[];
  readonly error?: string;
}

const goRegexps: readonly GoRegexp[] = vectors;

describe("compileRegexp()", () => {
  test.for(goRegexps.filter(({ error }) => error === undefined))(
    "reads $matches and fills $as as Go does",
    ({ matches, as, inputs, groups, names }) => {
      const { groupNames, expand, test: matchesText } = compiled(matches);
      expect(groupNames).toEqual(groups ?? []);
      expect(inputs.map((text) => expand(as, text) ?? null)).toEqual(names);
      expect(inputs.map(matchesText)).toEqual(names?.map((name) => name !== null));
    },
  );

  test.for(goRegexps.filter(({ error }) => error !== undefined))("refuses $matches as Go does", ({ matches }) => {
    expect(compileRegexp(matches).ok).toBe(false);
  });

  test.for([
    ["a(?=b)", "invalid or unsupported Perl syntax: `(?=`"],
    ["(?<!a)b", "invalid named capture: `(?<!a)b`"],
    ["(a)\\1", "invalid escape sequence: `\\1`"],
    ["(?>a)", "invalid or unsupported Perl syntax: `(?>`"],
    ["a++", "invalid nested repetition operator: `++`"],
    ["a{1001}", "invalid repeat count: `{1001}`"],
    ["((a{100}){100}){100}", "invalid repeat count: `{100}`"],
  ] as const)("refuses %s, which RE2 does not know", ([pattern, error]) => {
    expect(compileRegexp(pattern)).toEqual({ ok: false, error: `error parsing regexp: ${error}` });
  });

  test("takes the first group that took part of those with one name", () => {
    expect(compiled("(?P<n>a)?(?P<n>b)").expand("${n}", "b")).toBe("b");
    expect(compiled("(?P<n>a)?(?P<n>b)").expand("${n}", "ab")).toBe("a");
  });

  test.for([
    ["^(a*)*$", "a"],
    ["^(a|aa)+$", "a"],
    ["^(.*)(.*)(.*)(.*)(.*)_total$", "x"],
    ["(.*)*x(.*)*y", "x"],
    ["(x+x+)+y", "x"],
  ] as const)("ends in time linear in the text: %s", ([pattern, letter]) => {
    expect(compiled(pattern).expand("$1", `${letter.repeat(50_000)}!`)).toBeUndefined();
  });

  test("refuses what is nested too deeply", () => {
    expect(compileRegexp("(".repeat(100_000) + ")".repeat(100_000)).ok).toBe(false);
  });

  test("never throws, whatever the expression", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      "?",
      "*",
      "+",
      "|",
      "\\",
      "a",
      "1",
      ",",
      "^",
      "$",
      ":",
      "P<n>",
    );
    const pattern = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    const compiles = fc.property(pattern, (text) => {
      const regexp = compileRegexp(text);
      return !regexp.ok || typeof regexp.value.test("aa1") === "boolean";
    });
    expect(counterexample(compiles)).toBe("");
  });
});

function compiled(pattern: string): Regexp {
  const regexp = compileRegexp(pattern);
  if (!regexp.ok) throw new Error(regexp.error);
  return regexp.value;
}
