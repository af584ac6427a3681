/** What an expression gives: a number, a string, one sample for each series, or several. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";

/** A function of PromQL. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the arguments may be left out, from the last; 0 by default. */
  readonly optional?: number;
  /** The last argument can be given more often. */
  readonly variadic?: true;
  readonly gives: "scalar" | "vector";
  /** What becomes of the labels of the argument that has any; for a function that needs more to say so, `special`. */
  readonly labels: "kept" | "unnamed" | "none" | "special";
}

/** One range in, one number out for each series. */
const ofRange = words(`
  avg_over_time count_over_time mad_over_time max_over_time min_over_time present_over_time stddev_over_time
  stdvar_over_time sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time
  changes delta deriv idelta increase irate rate resets`);
/** One number in, one number out for each series. */
const ofEach = words(`
  abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sqrt tan tanh timestamp
  histogram_avg histogram_count histogram_stddev histogram_stdvar histogram_sum`);
/** Parts of a time, that of the evaluation where none is given. */
const ofTime = words("day_of_month day_of_week day_of_year days_in_month hour minute month year");

/**
 * The functions of Prometheus 3 with what they take and give, by name: https://prometheus.io/docs/prometheus/latest/querying/functions/
 * Without those that are experimental and change the set of samples or labels (`info`, `histogram_quantiles`).
 */
export const functions: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...named(ofRange, { args: ["matrix"], gives: "vector", labels: "unnamed" }),
  ...named(["first_over_time", "last_over_time"], { args: ["matrix"], gives: "vector", labels: "kept" }),
  ...named(["predict_linear"], { args: ["matrix", "scalar"], gives: "vector", labels: "unnamed" }),
  ...named(["quantile_over_time"], { args: ["scalar", "matrix"], gives: "vector", labels: "unnamed" }),
  ...named(["double_exponential_smoothing"], {
    args: ["matrix", "scalar", "scalar"],
    gives: "vector",
    labels: "unnamed",
  }),
  ...named(ofEach, { args: ["vector"], gives: "vector", labels: "unnamed" }),
  ...named(ofTime, { args: ["vector"], optional: 1, gives: "vector", labels: "unnamed" }),
  ...named(["clamp"], { args: ["vector", "scalar", "scalar"], gives: "vector", labels: "unnamed" }),
  ...named(["clamp_max", "clamp_min"], { args: ["vector", "scalar"], gives: "vector", labels: "unnamed" }),
  ...named(["round"], { args: ["vector", "scalar"], optional: 1, gives: "vector", labels: "unnamed" }),
  ...named(["sort", "sort_desc"], { args: ["vector"], gives: "vector", labels: "kept" }),
  ...named(["sort_by_label", "sort_by_label_desc"], {
    args: ["vector", "string"],
    variadic: true,
    gives: "vector",
    labels: "kept",
  }),
  ...named(["histogram_quantile"], { args: ["scalar", "vector"], gives: "vector", labels: "special" }),
  ...named(["histogram_fraction"], { args: ["scalar", "scalar", "vector"], gives: "vector", labels: "special" }),
  ...named(["label_replace"], {
    args: ["vector", "string", "string", "string", "string"],
    gives: "vector",
    labels: "special",
  }),
  ...named(["label_join"], {
    args: ["vector", "string", "string", "string"],
    optional: 1,
    variadic: true,
    gives: "vector",
    labels: "special",
  }),
  ...named(["absent"], { args: ["vector"], gives: "vector", labels: "special" }),
  ...named(["absent_over_time"], { args: ["matrix"], gives: "vector", labels: "special" }),
  ...named(["vector"], { args: ["scalar"], gives: "vector", labels: "none" }),
  ...named(["scalar"], { args: ["vector"], gives: "scalar", labels: "none" }),
  ...named(["pi", "time"], { args: [], gives: "scalar", labels: "none" }),
]);

function named(names: readonly string[], signature: Signature): readonly (readonly [string, Signature])[] {
  return names.map((name) => [name, signature]);
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/u);
}
