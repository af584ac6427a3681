import { setTimeout as delay } from "node:timers/promises";

/** What became of one request. */
export interface Asked {
  /** On the clock of `Date.now()`. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** Why it failed; undefined for a success. */
  readonly failure: string | undefined;
}

/** Requests that go on until they are stopped. */
export interface SteadyRequests {
  /** What has been answered so far, in the order of the answers. */
  readonly asked: readonly Asked[];
  /** Sends no more and waits for the answers under way. */
  readonly stop: () => Promise<void>;
}

/** Asks so many times a second, whether or not the answers keep up. `ask` resolves to why it failed, or to undefined. */
export function startSteadyRequests(
  ask: (index: number) => Promise<string | undefined>,
  perSecond: number,
): SteadyRequests {
  const asked: Asked[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function one(index: number): Promise<void> {
    const startedMs = Date.now();
    const failure = await ask(index);
    asked.push({ startedMs, durationMs: Date.now() - startedMs, failure });
  }
  async function loop(): Promise<void> {
    const beganMs = performance.now();
    for (let index = 0; !stopping.signal.aborted; index += 1) {
      const request = one(index).finally(() => underWay.delete(request));
      underWay.add(request);
      const dueMs = beganMs + ((index + 1) * 1_000) / perSecond;
      await delay(Math.max(0, dueMs - performance.now()), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
    }
    await Promise.all(underWay);
  }

  const looping = loop();
  return {
    asked,
    stop: async () => {
      stopping.abort();
      await looping;
    },
  };
}
