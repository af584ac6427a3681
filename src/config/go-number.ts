/**
 * Reads a whole number of 64 bits as Go does (`strconv.ParseInt` with base 0): `10`, `0x1f`, `0o17`, `017`, `0b11`, `1_000`.
 * Undefined for anything else. Beyond 2^53 the value is the nearest that a number can hold.
 */
export function parseGoInteger(text: string): number | undefined {
  const [, sign = "", hex, octal, binary, decimal] = integer.exec(text) ?? [];
  const [radix, digits] = [
    [16, hex],
    [8, octal],
    [2, binary],
    [10, decimal],
  ].find((form): form is [number, string] => form[1] !== undefined) ?? [10, undefined];
  if (digits === undefined || !/^_?[^_]+(?:_[^_]+)*$/u.test(digits)) return undefined;
  const value = Number.parseInt(digits.replaceAll("_", ""), radix);
  const signed = sign === "-" ? 0 - value : value;
  return signed >= -(2 ** 63) && signed < 2 ** 64 ? signed : undefined;
}

/** An underscore may follow the base, and stand between digits. */
const integer = /^([-+]?)(?:0[xX]([\da-fA-F_]+)|0[oO]?([0-7_]+)|0[bB]([01_]+)|(0|[1-9][\d_]*))$/u;
