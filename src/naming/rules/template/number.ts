import { type GoString, codePointOf } from "./go-string.ts";
import { type Result, fail, ok } from "../../../result.ts";
import { quoteString } from "./escape.ts";
import { unescapeNext } from "./unquote.ts";
import type { Complex } from "./value.ts";

/** A number as its spelling tells its type: int, float64, complex128, or an integer that no int holds. */
export type NumberLiteral = bigint | number | Complex | "overflow";

/** Longest number, in characters, so that reading one takes no time. */
const maxLength = 1_000;

/** Reads `'x'`, a character constant, which is the int of its code point. */
export function parseCharacter(text: GoString): Result<NumberLiteral, GoString> {
  const first = unescapeNext(text.slice(1), "'");
  if (first === undefined) return fail("invalid syntax");
  if (first.rest !== "'") return fail(`malformed character constant: ${text}`);
  const { value, isByte } = first;
  return ok(BigInt(isByte ? value.charCodeAt(0) : codePointOf(value)));
}

/**
 * Reads a number as Go's `text/template` does: `12`, `-0x1f`, `0b11`, `0o17`, `017`, `1_000`, `1.5e3`, `0x1p-2`, `2i`, `1+2i`.
 * A number is a float64 if its spelling has a point or an exponent.
 */
export function parseNumber(text: GoString): Result<NumberLiteral, GoString> {
  if (text.length > maxLength) return fail(`number of more than ${maxLength} characters`);
  if (text.endsWith("i")) return parseComplex(text);
  const integer = parseInteger(text);
  const looksLikeFloat = /[.eEpP]/u.test(text) && !/^0[xX][^pP]+$/u.test(text);
  if (integer !== undefined) return ok(looksLikeFloat ? Number(integer) : inInt(integer));
  const float = parseFloat(text);
  if (float === undefined) return fail(`illegal number syntax: ${quoteString(text)}`);
  return looksLikeFloat ? ok(float) : fail(`integer overflow: ${quoteString(text)}`);
}

function inInt(integer: bigint): NumberLiteral {
  return integer === BigInt.asIntN(64, integer) ? integer : "overflow";
}

/** Of 64 bits: signed, or unsigned if there is no sign. */
function parseInteger(text: string): bigint | undefined {
  const [, sign = "", digits] =
    /^([+-]?)(0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/u.exec(withoutUnderscores(text)) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(/^0[0-7]+$/u.test(digits) ? `0o${digits}` : digits);
  const value = sign === "-" ? -magnitude : magnitude;
  const fits = value === BigInt.asIntN(64, value) || (sign === "" && value === BigInt.asUintN(64, value));
  return fits ? value : undefined;
}

function parseFloat(text: string): number | undefined {
  const digits = withoutUnderscores(text);
  const isDecimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u.test(digits);
  const value = isDecimal ? Number(digits) : parseHexadecimalFloat(digits);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function parseHexadecimalFloat(text: string): number | undefined {
  const [, sign, whole = "", places = "", exponent] =
    /^([+-]?)0[xX](?=\.?[\da-fA-F])([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/u.exec(text) ?? [];
  if (exponent === undefined) return undefined;
  const magnitude = scaled(BigInt(`0x${whole}${places}`), Number(exponent) - 4 * places.length);
  return sign === "-" ? -magnitude : magnitude;
}

/** mantissa × 2^exponent, rounded once, half to even. */
function scaled(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const length = mantissa.toString(2).length;
  if (length + exponent > 1024) return Infinity;
  const lowest = Math.max(length + exponent - 53, -1074);
  const shift = lowest - exponent;
  if (shift > length + 1) return 0;
  if (shift <= 0) return Number(mantissa) * 2 ** exponent;
  const unit = 1n << BigInt(shift);
  const quotient = mantissa / unit;
  const twice = (mantissa % unit) * 2n;
  const up = twice > unit || (twice === unit && quotient % 2n === 1n);
  return Number(up ? quotient + 1n : quotient) * 2 ** lowest;
}

function parseComplex(text: string): Result<NumberLiteral, GoString> {
  const [, first, second] = /^([+-]?(?:[^+-]|(?<=[eEpP])[+-])+)([+-].*)?i$/u.exec(text) ?? [];
  const real = second === undefined ? 0 : parseFloat(first ?? "");
  const imaginary = parseFloat(second ?? first ?? "");
  if (real === undefined || imaginary === undefined) return fail(`illegal number syntax: ${quoteString(text)}`);
  return ok({ kind: "complex", real, imaginary });
}

/** An underscore stands between digits, or between the base's prefix and a digit; elsewhere it spoils the number. */
function withoutUnderscores(text: string): string {
  const digit = /^[+-]?0[xX]/u.test(text) ? "[\\da-fA-F]" : "\\d";
  const between = new RegExp(`(?<=${digit}|^[+-]?0[xXoObB])_(?=${digit})`, "gu");
  return text.replace(between, "");
}
