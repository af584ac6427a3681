import { type GoString, isCodePoint, runeOf, runesOf } from "./go-string.ts";

const single: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** Reads a string literal in double quotes or backticks as Go's `strconv.Unquote` does; undefined if it is none. */
export function unquote(literal: GoString): GoString | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body.replaceAll("\r", "");
  const parts: GoString[] = [];
  for (let rest = body; rest !== "";) {
    const next = unescapeNext(rest, '"');
    if (next === undefined) return undefined;
    parts.push(next.value);
    rest = next.rest;
  }
  return parts.join("");
}

/** The first character of a literal's body. */
interface Unescaped {
  readonly value: GoString;
  /** `\x` and octal escapes give a byte, whether or not it is a character. */
  readonly isByte: boolean;
  readonly rest: GoString;
}

/** Reads one character or escape; undefined at the closing quote and where there is no such escape. */
export function unescapeNext(text: GoString, quote: "'" | '"'): Unescaped | undefined {
  if (text === "" || text.startsWith(quote)) return undefined;
  if (!text.startsWith("\\")) {
    const [value = ""] = runesOf(text.slice(0, 4));
    return { value, isByte: false, rest: text.slice(value.length) };
  }
  const [whole, letter, byte, octal, short, long] = ESCAPE.exec(text) ?? [];
  if (whole === undefined || (/^["']$/u.test(letter ?? "") && letter !== quote)) return undefined;
  const rest = text.slice(whole.length);
  if (letter !== undefined) return { value: single[letter] ?? "", isByte: false, rest };
  const codePoint = octal === undefined ? parseInt(byte ?? short ?? long ?? "", 16) : parseInt(octal, 8);
  const isByte = byte !== undefined || octal !== undefined;
  if (isByte) return codePoint > 0xff ? undefined : { value: String.fromCharCode(codePoint), isByte, rest };
  return isCodePoint(codePoint) ? { value: runeOf(codePoint), isByte, rest } : undefined;
}

const ESCAPE = /^\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/u;
