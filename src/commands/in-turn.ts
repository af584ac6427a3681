/** How far a few are worked on at once, and who is told. */
export interface InTurnOptions {
  /** So many items are worked on at once. */
  readonly atOnce: number;
  /** Is told every `progressMs` milliseconds how many items are done. */
  readonly onProgress: (done: number) => void;
  readonly progressMs: number;
}

/** Does the same for each item, a few at a time: the values in the order of the items. Rejects with the first failure. */
export async function inTurn<T, V>(
  items: readonly T[],
  each: (item: T) => Promise<V>,
  { atOnce, onProgress, progressMs }: InTurnOptions,
): Promise<readonly V[]> {
  const values: V[] = [];
  const rest = items.entries();
  let done = 0;
  async function work(): Promise<void> {
    for (const [index, item] of rest) {
      values[index] = await each(item);
      done += 1;
    }
  }
  const timer = setInterval(() => onProgress(done), progressMs);
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    clearInterval(timer);
  }
  return values;
}
