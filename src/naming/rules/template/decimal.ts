/** The decimal digits of a number that is not negative: 0.d₁d₂… × 10^point. Zero has none. */
export interface Decimal {
  /** Without zeros at either end. */
  readonly digits: string;
  readonly point: number;
}

/** A double as mantissa × 2^exponent. */
export interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Takes a finite number apart, without its sign. */
export function binaryOf(value: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & (2n ** 52n - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (2n ** 52n), exponent: biased - 1075 };
}

/** All digits that a number has, which may be some hundreds. */
export function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryOf(value);
  const scaled = exponent < 0 ? mantissa * 5n ** BigInt(-exponent) : mantissa << BigInt(exponent);
  const digits = scaled === 0n ? "" : scaled.toString();
  return trimmed(digits, digits === "" ? 0 : digits.length + Math.min(exponent, 0));
}

/** As few digits as tell a number from its neighbours. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const [digits = "", exponent] = Math.abs(value).toExponential().replace(".", "").split("e");
  return trimmed(digits, Number(exponent) + 1);
}

/** Keeps so many digits (possibly fewer than none) and rounds; what is halfway goes to the even digit. */
export function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const isOdd = /[13579]$/u.test(kept);
  const up = rest === "5" ? isOdd : rest >= "5";
  if (!up) return trimmed(kept, point);
  const next = (BigInt(kept === "" ? 0 : kept) + 1n).toString();
  return trimmed(next, point + next.length - Math.max(count, 0));
}

function trimmed(digits: string, point: number): Decimal {
  const significant = digits.replace(/0+$/u, "");
  return significant === "" ? { digits: "", point: 0 } : { digits: significant, point };
}
