import { codePointOf, type GoString, isCodePoint, runeOf, runesOf } from "./go-string.ts";

const short: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/**
 * Whether Go shows a character as it is (`strconv.IsPrint`): letters, marks, numbers, punctuation, symbols and the space.
 * Characters that are newer than Go's edition of Unicode are printable here and not there; whoever reads the literal
 * gets the same character from either form.
 */
export function isPrintable(codePoint: number): boolean {
  return isCodePoint(codePoint) && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(String.fromCodePoint(codePoint));
}

/** Go's literal of a string, in double quotes; with `ascii`, escapes all that is not ASCII, too. */
export function quoteString(bytes: GoString, ascii = false): GoString {
  if (!/[^ !#-[\]-~]/u.test(bytes)) return `"${bytes}"`;
  return `"${runesOf(bytes)
    .map((rune) => escapeRune(rune, '"', ascii))
    .join("")}"`;
}

/** Go's literal of a character, in single quotes; what is no character is U+FFFD. */
export function quoteRune(codePoint: number, ascii = false): GoString {
  return `'${escapeRune(runeOf(codePoint), "'", ascii)}'`;
}

/** Whether Go can write a string between backticks: nothing in it is invisible, but a tab (`strconv.CanBackquote`). */
export function canBackquote(bytes: GoString): boolean {
  return runesOf(bytes).every(
    (rune) => (rune >= " " || rune === "\t") && !isByte(rune) && !/^[`\x7f]$/u.test(rune) && rune !== byteOrderMark,
  );
}

/** U+FEFF. */
const byteOrderMark = "\xef\xbb\xbf";

/** Whether a character is none, but a byte that stands alone. */
function isByte(rune: GoString): boolean {
  return rune.length === 1 && rune > "\x7f";
}

function escapeRune(rune: GoString, mark: string, ascii: boolean): GoString {
  if (isByte(rune)) return `\\x${hexadecimal(rune.charCodeAt(0), 2)}`;
  if (rune === mark) return `\\${mark}`;
  const escape = short[rune];
  if (escape !== undefined) return escape;
  const codePoint = codePointOf(rune);
  if (isPrintable(codePoint) && !(ascii && codePoint > 0x7f)) return rune;
  if (codePoint < 0x80) return `\\x${hexadecimal(codePoint, 2)}`;
  return codePoint < 0x10000 ? `\\u${hexadecimal(codePoint, 4)}` : `\\U${hexadecimal(codePoint, 8)}`;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
