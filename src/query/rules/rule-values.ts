import type { Compatibility } from "../../naming/rules/compatibility.ts";

/** From here on thousandths do not fit into the 64 bits that a Kubernetes quantity has for them. */
const limit = 2 ** 63 / 1_000;

/**
 * The value that a sample of a rule stands for: for a metric of objects NaN is 0, as 0/0 often means that nothing happens
 * and rules are written with that in mind. Undefined where there is no quantity for it.
 */
export function customValue(value: number, infinities: Compatibility["infinities"]): number | undefined {
  return externalValue(Number.isNaN(value) ? 0 : value, infinities);
}

/** The value that a sample of an external rule stands for; undefined where there is no quantity for it. */
export function externalValue(value: number, infinities: Compatibility["infinities"]): number | undefined {
  if (Math.abs(value) < limit) return value;
  if (infinities === "absent" || Number.isNaN(value)) return undefined;
  return Math.sign(value) * limit;
}
