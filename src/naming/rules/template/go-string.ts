/**
 * A string as Go has it: bytes. Each character is one byte (U+0000 to U+00FF), so that `length`, `slice`, `<` and
 * characters that are cut in two are those of Go. All strings inside the interpreter are of this kind; texts become it
 * where they come in, and texts again where they go out.
 */
export type GoString = string;

/** Takes a text in. Half of a surrogate pair becomes U+FFFD, as in JSON and YAML read by Go. */
export function goString(text: string): GoString {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** Gives a text out. Bytes that are no UTF-8 become U+FFFD. */
export function textOf(bytes: GoString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Cuts a string into its characters; a byte that belongs to none stands alone, as in Go's `range`. */
export function runesOf(bytes: GoString): readonly GoString[] {
  return bytes.match(RUNE) ?? [];
}

/** The number of characters. */
export function countRunes(bytes: GoString): number {
  return isAscii(bytes) ? bytes.length : runesOf(bytes).length;
}

/** The code point of one character that `runesOf` gave; U+FFFD for a byte that belongs to none. */
export function codePointOf(rune: GoString): number {
  if (rune.length === 1) return isAscii(rune) ? rune.charCodeAt(0) : 0xfffd;
  return textOf(rune).codePointAt(0) ?? 0xfffd;
}

/** The character of a code point; what is none becomes U+FFFD. */
export function runeOf(codePoint: number): GoString {
  return goString(isCodePoint(codePoint) ? String.fromCodePoint(codePoint) : "\ufffd");
}

/** Whether a number stands for a character: a Unicode code point that is no half of a surrogate pair. */
export function isCodePoint(value: number): boolean {
  return (value >= 0 && value < 0xd800) || (value > 0xdfff && value <= 0x10ffff);
}

function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text);
}

/** A character in UTF-8, or a byte that belongs to none. */
const RUNE =
  /\p{ASCII}|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[^]/gu;
