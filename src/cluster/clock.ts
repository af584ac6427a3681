/** Time and chance, as far as the loops of this folder need them. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Waits; resolves early, and never rejects, when `signal` is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}
