/** Pauses between attempts that fail; each longer than the one before. */
export interface Backoff {
  /** The next pause, in milliseconds. */
  readonly next: () => number;
  /** Begins again with the shortest pause. */
  readonly reset: () => void;
}

/** The pauses of client-go's reflector: doubling from `initialMs`, each up to twice as long by chance, at most `maxMs`. */
export interface BackoffOptions {
  /** Default 800. */
  readonly initialMs?: number;
  /** Default 30,000. */
  readonly maxMs?: number;
  /** Uniform in [0, 1): clients that failed together do not come back together. */
  readonly random: () => number;
}

/** Makes a backoff that has not failed yet. */
export function createBackoff({ initialMs = 800, maxMs = 30_000, random }: BackoffOptions): Backoff {
  let pauseMs = initialMs;
  return {
    next: () => {
      const chosenMs = Math.min(maxMs, pauseMs * (1 + random()));
      pauseMs = Math.min(maxMs, pauseMs * 2);
      return chosenMs;
    },
    reset: () => {
      pauseMs = initialMs;
    },
  };
}
