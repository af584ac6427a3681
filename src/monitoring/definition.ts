import type { Stability } from "../naming/stability.ts";

/** A family of metrics that the adapter has of itself. */
export interface Definition<L extends string = string> {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /**
   * What is promised of the name (KEP-1209). A family that Kubernetes has, too, is in the class that it has there. INTERNAL
   * promises nothing, and is not documented either.
   */
  readonly stability: Stability | "INTERNAL";
  /** One line, without the class. */
  readonly help: string;
  /** Each takes few values, none of them a client's. */
  readonly labels: readonly L[];
  /** Upper bounds in the unit of the name, ascending, without infinity; histograms have them, and nothing else. */
  readonly buckets?: readonly number[];
}

/** A value for each label of a family. */
export type Labels<L extends string> = Readonly<Record<L, string>>;

/** The help text as it is served, in the form of Kubernetes' component-base: `[ALPHA] Freshness of metrics exported`. */
export function helpText({ stability, help }: Definition): string {
  return `[${stability}] ${help}`;
}

/** Upper bounds of buckets, each `factor` times the one before (`prometheus.ExponentialBuckets` of Go's client). */
export function exponentialBuckets(start: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count - 1 }).reduce<readonly number[]>(
    (bounds) => [...bounds, (bounds.at(-1) ?? start) * factor],
    [start],
  );
}
