import type { z } from "zod";

type RawIssue = z.core.$ZodRawIssue;

/** Says in the words of the other messages what is wrong with a value: what is expected, and what is there. */
export function issueText(issue: RawIssue): string {
  return `Expected ${expected(issue)}: got ${shown(issue.input)}`;
}

function expected({ code, ...of }: RawIssue): string {
  if (code === "invalid_value") return choice(of["values"]);
  if (code === "too_big") return `at most ${String(of["maximum"])}`;
  if (code === "too_small") return `at least ${String(of["minimum"])}`;
  return expectedTypes[String(of["expected"])] ?? "something else";
}

const expectedTypes: Readonly<Record<string, string>> = {
  object: "fields",
  record: "fields",
  array: "a list",
  string: "a text",
  number: "a number",
  boolean: "true or false",
};

/** `live, always or keepLast` */
function choice(values: unknown): string {
  return Array.isArray(values) ? values.join(", ").replace(/, ([^,]*)$/u, " or $1") : String(values);
}

/** A value in a few words: texts and numbers as they are. Nothing is what an empty field holds, too. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "fields" : JSON.stringify(value);
}
