import type { Clock } from "./clock.ts";

/** Waits for a promise that does not reject, but no longer than `ms`; undefined when that was not enough. */
export async function waitAtMost<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  const done = new AbortController();
  const outcome = await Promise.race([promise, clock.sleep(ms, done.signal).then(() => undefined)]);
  done.abort();
  return outcome;
}
