/** Milli-units of 9223372036854775: the HorizontalPodAutoscaler reads a larger one as a wrong number, silently. */
const limitMilli = 9_223_372_036_854_775_000n;

/** A double that is beyond the limit, for what would be infinite. */
const maxMilli = 2 ** 63;

const suffixes = ["m", "", "k", "M", "G", "T", "P", "E"] as const;

/**
 * Writes a finite number as a canonical Kubernetes quantity in thousandths: `250m`, `1`, `-3500m`, `43k`.
 *
 * A fraction of a thousandth is rounded away from zero, as its reader would (Kubernetes, `resource.Quantity.MilliValue`),
 * but digits behind the fifteenth are the noise of adding doubles, not measurement: 0.1 + 0.2 is `300m`. Values beyond
 * ±9223372036854775 become that bound. Throws on NaN and infinities, which stand for no value and must not get here.
 *
 * With a `rounding` the product of the value and 1000 is taken as a double, as prometheus-adapter does, and its fraction cut
 * off or rounded.
 */
export function encodeQuantity(value: number, rounding?: "truncate" | "nearest"): string {
  if (!Number.isFinite(value)) throw new Error(`Cannot write "${value}" as a quantity: it is not finite`);
  return canonicalQuantity(clamp(rounding === undefined ? toMilli(value) : product(value, rounding)));
}

/** Thousandths as Go computes them in doubles, noise and all: 1.005 is cut off to 1004 of them. */
function product(value: number, rounding: "truncate" | "nearest"): bigint {
  const milli = Math.max(-maxMilli, Math.min(maxMilli, value * 1_000));
  return BigInt(rounding === "truncate" ? Math.trunc(milli) : Math.round(milli));
}

/** Writes thousandths in canonical form: `1500` is `1500m`, `12000` is `12`, `1000000` is `1k`. */
export function canonicalQuantity(milli: bigint): string {
  if (milli === 0n) return "0";
  const thousands = suffixes.findIndex((_, index) => milli % 1000n ** BigInt(index + 1) !== 0n);
  return `${milli / 1000n ** BigInt(thousands)}${suffixes[thousands]}`;
}

/** Works on decimal digits, because multiplying a double by 1000 makes 70.00000000000001 of 0.07. */
function toMilli(value: number): bigint {
  const [mantissa = "", exponent = ""] = (
    Number.isInteger(value) ? value.toExponential() : value.toExponential(14)
  ).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length + 3;
  return power >= 0 ? digits * 10n ** BigInt(power) : divideAwayFromZero(digits, 10n ** BigInt(-power));
}

function divideAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (dividend % divisor === 0n) return quotient;
  return dividend < 0n ? quotient - 1n : quotient + 1n;
}

function clamp(milli: bigint): bigint {
  if (milli > limitMilli) return limitMilli;
  return milli < -limitMilli ? -limitMilli : milli;
}
