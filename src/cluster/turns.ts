import { fail, ok, type Result } from "../result.ts";

/**
 * Runs a task as soon as it is its turn. Fails at once when too many of the same `asker` wait already. What the task throws
 * comes through.
 */
export type TakeTurn = <T>(asker: string, task: () => Promise<T>) => Promise<Result<T, "tooManyWaiting">>;

/** How many tasks there may be. */
export interface TurnLimits {
  /** At once, of all askers together. */
  readonly running: number;
  /** Behind them, of each asker. */
  readonly waitingOfEach: number;
}

/** Makes a queue in which askers take turns: one who asks much waits behind its own questions, not others behind them. */
export function createTurns({ running: mostRunning, waitingOfEach }: TurnLimits): TakeTurn {
  const waitingByAsker = new Map<string, readonly (() => void)[]>();
  let running = 0;

  async function enter(asker: string): Promise<void> {
    if (running < mostRunning) {
      running += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waitingByAsker.set(asker, [...(waitingByAsker.get(asker) ?? []), resolve]);
    await promise;
  }

  /** The place goes to the asker whose turn was longest ago; a Map keeps the order in which they came. */
  function leave(): void {
    for (const [asker, [next, ...others]] of waitingByAsker) {
      waitingByAsker.delete(asker);
      if (others.length > 0) waitingByAsker.set(asker, others);
      next?.();
      return;
    }
    running -= 1;
  }

  return async (asker, task) => {
    if ((waitingByAsker.get(asker)?.length ?? 0) >= waitingOfEach) return fail("tooManyWaiting");
    await enter(asker);
    try {
      return ok(await task());
    } finally {
      leave();
    }
  };
}
