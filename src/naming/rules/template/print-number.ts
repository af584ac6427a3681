import { isPrintable, quoteRune } from "./escape.ts";
import { type FloatFormat, formatFloat } from "./float-text.ts";
import { type GoString, runeOf } from "./go-string.ts";
import { padded, padding, type PrintFlags } from "./print-flags.ts";

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** Writes an integer as Go's `fmt` does; undefined if it does not know the verb for integers. */
export function printInteger(value: bigint, verb: string, flags: PrintFlags): GoString | undefined {
  const base = bases[verb];
  if (base !== undefined) return inBase(value, base, verb, flags);
  const codePoint = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  switch (verb) {
    case "c":
      return padded(runeOf(codePoint), flags);
    case "q":
      return padded(quoteRune(codePoint, flags.plus), flags);
    case "U":
      return unicode(BigInt.asUintN(64, value), flags);
    default:
      return undefined;
  }
}

function inBase(value: bigint, base: number, verb: string, flags: PrintFlags): GoString {
  const { precision, width = 0 } = flags;
  if (precision === 0 && value === 0n) return padding(width, { ...flags, zero: false });
  const digits = (value < 0n ? -value : value).toString(base);
  const sign = value < 0n ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  const zeros = flags.zero && !flags.minus ? width - sign.length : 0;
  const filled = digits.padStart(precision ?? zeros, "0");
  const text = `${sign}${verb === "O" ? "0o" : ""}${flags.sharp ? prefix(filled, base) : ""}${filled}`;
  return padded(verb === "X" ? text.toUpperCase() : text, { ...flags, zero: false });
}

function prefix(digits: string, base: number): string {
  if (base === 8) return digits.startsWith("0") ? "" : "0";
  return base === 16 ? "0x" : base === 2 ? "0b" : "";
}

function unicode(value: bigint, flags: PrintFlags): GoString {
  const digits = value
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 4, 4), "0");
  const codePoint = Number(value);
  const shown = flags.sharp && isPrintable(codePoint) ? ` '${runeOf(codePoint)}'` : "";
  return padded(`U+${digits}${shown}`, { ...flags, zero: false });
}

const formats: Readonly<Record<string, readonly [FloatFormat, number | undefined]>> = {
  v: ["g", undefined],
  g: ["g", undefined],
  G: ["G", undefined],
  b: ["b", undefined],
  x: ["x", undefined],
  X: ["X", undefined],
  f: ["f", 6],
  F: ["f", 6],
  e: ["e", 6],
  E: ["E", 6],
};

/** Writes a finite float as Go's `fmt` does; undefined if it does not know the verb for floats. */
export function printFloat(value: number, verb: string, flags: PrintFlags): GoString | undefined {
  const [format, usual] = formats[verb] ?? [];
  if (format === undefined) return undefined;
  const precision = flags.precision ?? usual;
  const text = formatFloat(value, format, precision);
  const isNegative = text.startsWith("-");
  const sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  const magnitude = isNegative ? text.slice(1) : text;
  const digits = flags.sharp && format !== "b" ? withPoint(magnitude, format, precision) : magnitude;
  const zeros = flags.zero && !flags.minus && sign !== "" ? (flags.width ?? 0) - sign.length : 0;
  return padded(sign + digits.padStart(zeros, "0"), flags);
}

/** `%#g` keeps the point and the zeros at the end. */
function withPoint(magnitude: string, format: FloatFormat, precision: number | undefined): string {
  const isHexadecimal = format === "x" || format === "X";
  const [mantissa = "", tail = ""] = magnitude.split(isHexadecimal ? /(?=[pP])/u : /(?=[eE])/u);
  const keepsZeros = format === "g" || format === "G" || format === "x";
  const isZero = mantissa === "0";
  const significant = mantissa.replace(/^[0.]*/u, "").replace(".", "").length;
  const missing = keepsZeros ? (precision ?? 6) - significant - (isZero ? 1 : 0) : 0;
  const pointed = mantissa.includes(".") ? mantissa : `${mantissa}.`;
  return pointed + "0".repeat(Math.max(missing, 0)) + tail;
}
