import fc from "fast-check";

/** Tries a property on ten thousand inputs; returns the smallest that it does not hold for, or an empty text. */
export function counterexample<T>(property: fc.IProperty<T>): string {
  return fc.defaultReportMessage(fc.check(property, { numRuns: 10_000 })) ?? "";
}
