import { binaryOf, type Decimal, exactDecimal, rounded, shortestDecimal } from "./decimal.ts";

/** The formats of Go's `strconv.FormatFloat`. */
export type FloatFormat = "e" | "E" | "f" | "g" | "G" | "b" | "x" | "X";

/**
 * Writes a finite number as Go's `strconv.FormatFloat` does. Without a precision, as many digits as tell it from its
 * neighbours. Rounds half to even, on all digits that the number has.
 */
export function formatFloat(value: number, format: FloatFormat, precision?: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + magnitude(value, format, precision);
}

function magnitude(value: number, format: FloatFormat, precision: number | undefined): string {
  switch (format) {
    case "b":
      return binary(value);
    case "x":
      return hexadecimal(value, precision);
    case "X":
      return hexadecimal(value, precision).toUpperCase();
    case "e":
      return exponential(value, precision);
    case "E":
      return exponential(value, precision).toUpperCase();
    case "f":
      return fixed(value, precision);
    case "g":
      return general(value, precision);
    case "G":
      return general(value, precision).toUpperCase();
  }
}

function exponential(value: number, precision: number | undefined): string {
  if (precision === undefined) {
    const shortest = shortestDecimal(value);
    return withExponent(shortest, shortest.digits.length - 1);
  }
  return withExponent(rounded(exactDecimal(value), precision + 1), precision);
}

function fixed(value: number, precision: number | undefined): string {
  if (precision === undefined) {
    const shortest = shortestDecimal(value);
    return withoutExponent(shortest, shortest.digits.length - shortest.point);
  }
  const exact = exactDecimal(value);
  return withoutExponent(rounded(exact, exact.point + precision), precision);
}

/** `%e` for exponents below -4 and from the precision on, `%f` for the others, both without zeros at the end. */
function general(value: number, precision: number | undefined): string {
  const asked = Math.max(precision ?? 0, 1);
  const decimal = precision === undefined ? shortestDecimal(value) : rounded(exactDecimal(value), asked);
  const { digits, point } = decimal;
  const isWhole = asked > digits.length && digits.length >= point;
  const limit = precision === undefined ? 6 : isWhole ? digits.length : asked;
  const needsExponent = point - 1 < -4 || point - 1 >= limit;
  if (needsExponent) return withExponent(decimal, digits.length - 1);
  return withoutExponent(decimal, digits.length - point);
}

function withExponent({ digits, point }: Decimal, places: number): string {
  const padded = digits.padEnd(places + 1, "0");
  const exponent = digits === "" ? 0 : point - 1;
  return `${padded.slice(0, 1) || "0"}${fraction(padded.slice(1))}e${signed(exponent)}`;
}

function withoutExponent({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const rest = "0".repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
  return whole + fraction(rest.slice(0, Math.max(places, 0)).padEnd(Math.max(places, 0), "0"));
}

function fraction(digits: string): string {
  return digits === "" ? "" : `.${digits}`;
}

function signed(exponent: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

function binary(value: number): string {
  const { mantissa, exponent } = binaryOf(value);
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** `0x1.8p+01`: one bit, then thirteen hexadecimal places at most. */
function hexadecimal(value: number, precision: number | undefined): string {
  if (value === 0) return `0x0${fraction("0".repeat(precision ?? 0))}p+00`;
  const { mantissa, exponent } = binaryOf(value);
  const shift = 53 - mantissa.toString(2).length;
  const kept = Math.min(precision ?? 13, 13);
  const scaled = roundedShift(mantissa << BigInt(shift), BigInt(52 - 4 * kept));
  const overflow = scaled >> BigInt(4 * kept + 1) === 1n ? 1 : 0;
  const places = (scaled >> BigInt(overflow)).toString(16).slice(1);
  const shown = precision === undefined ? places.replace(/0+$/u, "") : places.padEnd(precision, "0");
  return `0x1${fraction(shown)}p${signed(exponent - shift + 52 + overflow)}`;
}

function roundedShift(value: bigint, bits: bigint): bigint {
  const quotient = value >> bits;
  const rest = value - (quotient << bits);
  const twice = rest * 2n;
  const unit = 1n << bits;
  return twice > unit || (twice === unit && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
