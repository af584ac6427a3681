import { RE2JS } from "re2js";
import { fail, ok, type Result } from "../../result.ts";
import { expandTemplate } from "./expand.ts";

/** A regular expression of Go's: RE2's syntax, without look-around and back-references, in time linear in the text. */
export interface Regexp {
  /** Whether it matches anywhere in the text. */
  readonly test: (text: string) => boolean;
  /** How many capture groups it has, named or not. */
  readonly groupCount: number;
  /** Names of the groups in order, beginning with that of group 1; empty for a group without one. Names may repeat. */
  readonly groupNames: readonly string[];
  /** Fills Go's expansion template from the leftmost match; undefined without a match. */
  readonly expand: (template: string, text: string) => string | undefined;
}

/** Compiles an expression, or says what is wrong with it in Go's words. */
export function compileRegexp(pattern: string): Result<Regexp, string> {
  const compiled = compile(pattern);
  if (!compiled.ok) return compiled;
  const regexp = compiled.value;
  const groupNames = groupNamesOf(pattern);
  return ok({
    test: (text) => regexp.test(text),
    groupCount: groupNames.length,
    groupNames,
    expand: (template, text) => {
      const matcher = regexp.matcher(text);
      if (!matcher.find()) return undefined;
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index));
      return expandTemplate(template, groups, ["", ...groupNames]);
    },
  });
}

/** A name that two groups have is an error in re2js and none in Go. */
function compile(pattern: string): Result<RE2JS, string> {
  const compiled = attempt(pattern);
  if (compiled.ok || !compiled.error.includes("duplicate capture group name")) return compiled;
  return attempt(pattern.replace(tokens, (token) => (isNamedGroup(token) ? "(" : token)));
}

function attempt(pattern: string): Result<RE2JS, string> {
  try {
    return ok(RE2JS.compile(pattern));
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** What must not be taken for a group (quoted text, an escape, a class), and what begins one. */
const tokens = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<[^>=!]*>|\((?!\?)/gsu;

function groupNamesOf(pattern: string): readonly string[] {
  return (pattern.match(tokens) ?? [])
    .filter((token) => token.startsWith("("))
    .map((token) => (isNamedGroup(token) ? token.slice(token.indexOf("<") + 1, -1) : ""));
}

function isNamedGroup(token: string): boolean {
  return token.startsWith("(?");
}
