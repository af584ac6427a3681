/** What is kept of a series that Prometheus lists: enough to name metrics, without the values of labels. */
export interface SeriesShape {
  readonly name: string;
  /** Names of its labels, in the order of Prometheus, without `__name__`. */
  readonly labels: readonly string[];
}
