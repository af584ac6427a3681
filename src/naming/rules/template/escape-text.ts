import { isPrintable } from "./escape.ts";
import { codePointOf, type GoString, runesOf } from "./go-string.ts";

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\xef\xbf\xbd", // U+FFFD
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** Escapes a string for HTML, as Go's `html` function does. */
export function escapeHtml(text: GoString): GoString {
  return text.replace(/["'&<>\0]/gu, (character) => htmlEscapes[character] ?? character);
}

/** Escapes a string for the query of a URL, as Go's `urlquery` function does: a space becomes `+`. */
export function escapeUrlQuery(text: GoString): GoString {
  const escaped = text.replace(/[^A-Za-z0-9\-_.~ ]/gu, (byte) => `%${hexadecimal(byte.charCodeAt(0), 2)}`);
  return escaped.replaceAll(" ", "+");
}

/** Escapes a string for a JavaScript literal, as Go's `js` function does. */
export function escapeJavaScript(text: GoString): GoString {
  return text.replace(/\P{ASCII}+|\p{Cc}|[\\'"<>&=]/gu, (special) => runesOf(special).map(escapeRune).join(""));
}

function escapeRune(rune: GoString): GoString {
  if (/^[\\'"]$/u.test(rune)) return `\\${rune}`;
  const codePoint = codePointOf(rune);
  const isShown = codePoint < 0x80 ? rune >= " " && !/[<>&=]/u.test(rune) : isPrintable(codePoint);
  return isShown ? rune : `\\u${hexadecimal(codePoint, 4)}`;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
