import { fail, ok, type Result } from "../result.ts";

/** One term of a Kubernetes label selector. */
export interface Requirement {
  readonly key: string;
  readonly operator: "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";
  /** Empty for `exists` and `!`, one for the comparisons, sorted for `in` and `notin`. */
  readonly values: readonly string[];
}

/** Terms that must all hold; no term selects everything. */
export type LabelSelector = readonly Requirement[];

/**
 * Reads `a=b, c in (d,e), !f, g>1`, the grammar of the `labelSelector` query parameter (Kubernetes, "Labels and
 * Selectors"). Terms come back ordered by key. Fails with what is wrong, in words for a person. Takes linear time; more
 * terms than anybody writes are refused, because each is compared with every object.
 */
export function parseLabelSelector(text: string): Result<LabelSelector, string> {
  const tokens = text.match(/==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+/gu) ?? [];
  const requirements: Requirement[] = [];
  for (let at = 0; at < tokens.length;) {
    const term = parseTerm(tokens, at);
    if (!term.ok) return term;
    requirements.push(term.value.requirement);
    if (requirements.length > maxTerms) return fail(`more than ${maxTerms} terms`);
    at = term.value.next;
    if (at === tokens.length) break;
    if (tokens[at] !== "," || at + 1 === tokens.length) return expected("',' and another term", tokens[at]);
    at += 1;
  }
  return ok(requirements.toSorted((a, b) => compare(a.key, b.key)));
}

const maxTerms = 256;

/** Whether an object with these labels is selected. `!=` and `notin` select objects that lack the key. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) =>
    holds(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined),
  );
}

/** Writes the canonical text, equal for selectors that were written with other spaces or in another order. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).join(",");
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`;
    case "=":
    case "==":
    case "!=":
    case ">":
    case "<":
      return `${key}${operator}${values.join(",")}`;
  }
}

function holds({ operator, values }: Requirement, label: string | undefined): boolean {
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return label !== undefined && values.includes(label);
    case "!=":
    case "notin":
      return label === undefined || !values.includes(label);
    case "exists":
      return label !== undefined;
    case "!":
      return label === undefined;
    case ">":
      return compareIntegers(label, values[0]) > 0;
    case "<":
      return compareIntegers(label, values[0]) < 0;
  }
}

/** NaN, which no comparison holds for, unless both are 64-bit integers. */
function compareIntegers(label: string | undefined, bound: string | undefined): number {
  const [a, b] = [parseInteger(label), parseInteger(bound)];
  return a === undefined || b === undefined ? Number.NaN : Number(a > b) - Number(a < b);
}

function parseInteger(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d{1,19}$/u.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

interface Term {
  readonly requirement: Requirement;
  /** Index of the first token behind the term. */
  readonly next: number;
}

function parseTerm(tokens: readonly string[], start: number): Result<Term, string> {
  const negated = tokens[start] === "!";
  const at = negated ? start + 1 : start;
  const key = tokens[at];
  if (!isWord(key)) return expected("a label key", key);
  const problem = problemOfKey(key);
  if (problem !== undefined) return fail(problem);

  const operator = tokens[at + 1];
  if (negated) return ok({ requirement: { key, operator: "!", values: [] }, next: at + 1 });
  switch (operator) {
    case undefined:
    case ",":
      return ok({ requirement: { key, operator: "exists", values: [] }, next: at + 1 });
    case "in":
    case "notin":
      return parseSet(tokens, at + 2, key, operator);
    case "=":
    case "==":
    case "!=":
    case ">":
    case "<":
      return parseComparison(tokens, at + 2, key, operator);
    default:
      return expected(`an operator behind ${JSON.stringify(key)}`, operator);
  }
}

function parseComparison(
  tokens: readonly string[],
  at: number,
  key: string,
  operator: "=" | "==" | "!=" | ">" | "<",
): Result<Term, string> {
  const token = tokens[at];
  const absent = token === undefined || token === ",";
  const value = absent ? "" : token;
  if (!absent && !isWord(value)) return expected(`a value for ${JSON.stringify(key)}`, token);
  if ((operator === ">" || operator === "<") && parseInteger(value) === undefined) {
    return expected(`an integer behind ${JSON.stringify(key + operator)}`, token);
  }
  const problem = problemOfValue(value);
  if (problem !== undefined) return fail(problem);
  return ok({ requirement: { key, operator, values: [value] }, next: absent ? at : at + 1 });
}

/** Reads `(x,y)`. A place between commas that holds nothing stands for the empty value, and so does `()`. */
function parseSet(
  tokens: readonly string[],
  start: number,
  key: string,
  operator: "in" | "notin",
): Result<Term, string> {
  if (tokens[start] !== "(") return expected(`'(' behind ${JSON.stringify(`${key} ${operator}`)}`, tokens[start]);
  const values = new Set<string>();
  let at = start + 1;
  for (;;) {
    const token = tokens[at];
    const value = isWord(token) ? token : "";
    const problem = problemOfValue(value);
    if (problem !== undefined) return fail(problem);
    values.add(value);
    if (isWord(token)) at += 1;
    if (tokens[at] === ")") break;
    if (tokens[at] !== ",") return expected("',' or ')'", tokens[at]);
    at += 1;
  }
  return ok({ requirement: { key, operator, values: [...values].toSorted(compare) }, next: at + 1 });
}

function isWord(token: string | undefined): token is string {
  return token !== undefined && !/^[=!(),<>]/u.test(token);
}

/** A qualified name: an optional DNS subdomain and `/`, then at most 63 letters, digits, `-`, `_`, `.`. */
function problemOfKey(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = key.slice(0, Math.max(slash, 0));
  const name = key.slice(slash + 1);
  const valid = (slash === -1 || isSubdomain(prefix)) && name !== "" && isLabelText(name);
  return valid ? undefined : `${JSON.stringify(key)} is not a label key`;
}

function problemOfValue(value: string): string | undefined {
  return isLabelText(value) ? undefined : `${JSON.stringify(value)} is not a label value`;
}

function isLabelText(text: string): boolean {
  return text.length <= 63 && /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/u.test(text);
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/u.test(label));
}

function expected(what: string, found: string | undefined): { readonly ok: false; readonly error: string } {
  return fail(`expected ${what}, found ${found === undefined ? "the end" : JSON.stringify(found)}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
