import { canBackquote, quoteString } from "./escape.ts";
import { type GoString, runesOf } from "./go-string.ts";
import { padded, padding, type PrintFlags } from "./print-flags.ts";

/** Writes a string as Go's `fmt` does; undefined if it does not know the verb for strings. */
export function printString(value: GoString, verb: string, flags: PrintFlags): GoString | undefined {
  switch (verb) {
    case "v":
      return flags.sharpV ? quoted(value, flags) : padded(truncated(value, flags), flags);
    case "s":
      return padded(truncated(value, flags), flags);
    case "q":
      return quoted(value, flags);
    case "x":
      return hexadecimal(value, flags);
    case "X":
      return hexadecimal(value, flags).toUpperCase();
    default:
      return undefined;
  }
}

function truncated(value: GoString, { precision }: PrintFlags): GoString {
  return precision === undefined || precision >= value.length ? value : runesOf(value).slice(0, precision).join("");
}

function quoted(value: GoString, flags: PrintFlags): GoString {
  const text = truncated(value, flags);
  if (flags.sharp && canBackquote(text)) return padded(`\`${text}\``, flags);
  return padded(quoteString(text, flags.plus), flags);
}

function hexadecimal(value: GoString, flags: PrintFlags): GoString {
  const bytes = Buffer.from(value.slice(0, flags.precision), "latin1");
  if (bytes.length === 0) return padding(flags.width ?? 0, flags);
  const prefix = flags.sharp ? "0x" : "";
  const digits = bytes.toString("hex");
  return padded(prefix + (flags.space ? (digits.match(/../gu) ?? []).join(` ${prefix}`) : digits), flags);
}
