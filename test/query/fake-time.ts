import { setImmediate as turn } from "node:timers/promises";
import type { Schedule } from "../../src/query/snapshots.ts";

/** Time that stands still until it is told to go on. */
export interface FakeTime {
  readonly now: () => number;
  readonly schedule: Schedule;
  /** How many tasks are planned. */
  readonly pending: () => number;
  /** Goes on by so many milliseconds, and does what is planned for then, each at its time. */
  readonly advance: (ms: number) => Promise<void>;
  /** Resolves when so many milliseconds have been advanced; counts as planned. */
  readonly sleep: (ms: number) => Promise<void>;
}

export function createFakeTime(): FakeTime {
  const planned = new Set<{ readonly dueMs: number; readonly task: () => void }>();
  let nowMs = 1_000;

  function schedule(ms: number, task: () => void): () => void {
    const entry = { dueMs: nowMs + ms, task };
    planned.add(entry);
    return () => planned.delete(entry);
  }
  async function advance(ms: number): Promise<void> {
    const endMs = nowMs + ms;
    for (;;) {
      await turn(); // whatever was set going plans what comes next
      const [next] = [...planned].filter(({ dueMs }) => dueMs <= endMs).toSorted((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      planned.delete(next);
      nowMs = next.dueMs;
      next.task();
    }
    nowMs = endMs;
  }
  return {
    now: () => nowMs,
    schedule,
    pending: () => planned.size,
    advance,
    sleep: async (ms) => new Promise((resolve) => schedule(ms, resolve)),
  };
}
