import type { Clock } from "../../src/cluster/clock.ts";

/** A clock that stands still until it is told to go on. Chance is none. */
export interface FakeClock extends Clock {
  /** Every pause that was asked for, in milliseconds. */
  readonly pauses: readonly number[];
  /** How many wait now. */
  readonly sleeping: () => number;
  readonly advance: (ms: number) => void;
}

export function createFakeClock(): FakeClock {
  const pauses: number[] = [];
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  let nowMs = 1_000;
  return {
    pauses,
    nowMs: () => nowMs,
    random: () => 0,
    sleep: async (ms, signal) => {
      pauses.push(ms);
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper = { dueMs: nowMs + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      if (signal?.aborted === true) resolve();
      await promise;
      sleepers.delete(sleeper);
    },
    sleeping: () => sleepers.size,
    advance: (ms) => {
      nowMs += ms;
      [...sleepers].filter(({ dueMs }) => dueMs <= nowMs).forEach(({ wake }) => wake());
    },
  };
}
