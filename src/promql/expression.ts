declare const brand: unique symbol;

/** A PromQL expression put together by this module; a plain string is not one. */
export type PromQL = string & { readonly [brand]: "PromQL" };

/** A series or label name that PromQL accepts unquoted. */
export type Identifier = string & { readonly [brand]: "Identifier" };

/** A PromQL duration such as `90s`. */
export type Duration = string & { readonly [brand]: "Duration" };

/** One condition on a label. */
export interface Matcher {
  readonly label: Identifier;
  readonly op: "=" | "!=" | "=~" | "!~";
  /** Compared as it is for `=` and `!=`; a regular expression, which Prometheus anchors, for the other two. */
  readonly value: string;
}

/** Vouches for a name, or returns undefined when PromQL would not read it as one. */
export function identifier(text: string): Identifier | undefined {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/u.test(text) ? (text as Identifier) : undefined;
}

/** A name that is written in the source code; throws when PromQL would not read it as one. */
export function known(text: string): Identifier {
  const name = identifier(text);
  if (name === undefined) throw new Error(`Cannot use ${JSON.stringify(text)} in PromQL: not an identifier`);
  return name;
}

/** A span of time, to the millisecond; throws unless it is positive. */
export function duration(ms: number): Duration {
  const whole = Math.round(ms);
  if (!(whole > 0)) throw new Error(`Cannot use ${ms} ms in PromQL: not a positive duration`);
  return (whole % 1_000 === 0 ? `${whole / 1_000}s` : `${whole}ms`) as Duration;
}

/** Matches one literal value. */
export function equals(label: Identifier, value: string): Matcher {
  return { label, op: "=", value };
}

/** Matches any of the literal values; with none of them it matches series without the label. */
export function oneOf(label: Identifier, values: readonly string[]): Matcher {
  const [first = "", ...others] = values;
  return others.length === 0 ? equals(label, first) : { label, op: "=~", value: values.map(escapeRegExp).join("|") };
}

/** Renders `series{a="b",c=~"d|e"}`. */
export function selector(series: Identifier, matchers: readonly Matcher[]): PromQL {
  return `${series}${braces(matchers)}` as PromQL;
}

/** Selects series by any of several names. */
export function selectorOfAny(series: readonly Identifier[], matchers: readonly Matcher[]): PromQL {
  return braces([oneOf(known("__name__"), series), ...matchers]) as PromQL;
}

function braces(matchers: readonly Matcher[]): string {
  return `{${matchers.map(({ label, op, value }) => `${label}${op}${quote(value)}`).join(",")}}`;
}

/**
 * Fills a PromQL template. What is filled in was escaped when it was made: a plain string does not type-check.
 *
 *     promql`max by (${labels}) (${expr})`
 */
export function promql(
  template: TemplateStringsArray,
  ...parts: readonly (PromQL | Identifier | readonly Identifier[] | Duration | number)[]
): PromQL {
  return template
    .map((text, index) => {
      const part = parts[index];
      return text + (part === undefined ? "" : typeof part === "object" ? part.join(", ") : String(part));
    })
    .join("") as PromQL;
}

/** Makes text that is part of a regular expression match nothing but itself. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** Sets `target` to `replacement`, in which `$1` is what `pattern` finds in `source`; samples that it does not fit stay. */
export function labelReplace(
  samples: PromQL,
  target: Identifier,
  replacement: string,
  source: Identifier,
  pattern: string,
): PromQL {
  const [to, by, from, what] = [target, replacement, source, pattern].map(quote);
  return `label_replace(${samples}, ${to}, ${by}, ${from}, ${what})` as PromQL;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/gu, "\\$&").replace(/\n/gu, "\\n")}"`;
}
