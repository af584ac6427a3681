import { quoteString } from "./template/escape.ts";
import { goString, textOf } from "./template/go-string.ts";

/**
 * Writes a text as a literal in double quotes, byte for byte as Go's `strconv.Quote` does, which is how prometheus-adapter
 * writes the values of matchers: `\"`, `\\`, `\n`, `\x7f`, `\u00a0`; printable characters stay as they are.
 */
export function quote(text: string): string {
  return textOf(quoteString(goString(text)));
}
