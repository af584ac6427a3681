import { quoteString } from "./escape.ts";
import { type GoString, runesOf } from "./go-string.ts";

/** Words with a meaning of their own; `.` is one of them. */
export const keywords = [
  ".",
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "nil",
  "template",
  "with",
] as const;

/** A word with a meaning of its own. */
export type Keyword = (typeof keywords)[number];

/** What a token is; keywords are kinds of their own. */
export type TokenKind =
  | Keyword
  | "text"
  | "left delimiter"
  | "right delimiter"
  | "space"
  | "field"
  | "variable"
  | "identifier"
  | "bool"
  | "number"
  | "character"
  | "string"
  | "raw string"
  | "="
  | ":="
  | "|"
  | "("
  | ")"
  | "other"
  | "error"
  | "end of input";

/** A piece of a template. */
export interface Token {
  readonly kind: TokenKind;
  /** As it is written; of an error, what is wrong. */
  readonly text: GoString;
  /** In bytes from the start of the template. */
  readonly position: number;
  /** Counted from 1. */
  readonly line: number;
}

/** Names a token in a message, as Go does. */
export function describeToken({ kind, text }: Token): GoString {
  if (kind === "end of input") return "EOF";
  if (kind === "error") return text;
  if (isKeyword(kind)) return `<${text}>`;
  return text.length > 10 ? `${quoteString(runesOf(text).slice(0, 10).join(""))}...` : quoteString(text);
}

/** Whether a word has a meaning of its own. */
export function isKeyword(word: string): word is Keyword {
  return keywords.some((keyword) => keyword === word);
}
