import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../cluster/clock.ts";
import type { Schedule } from "../query/snapshots.ts";

/** The longest pause that timers of Node have, about 25 days; a longer one would be none. */
const longestMs = 2 ** 31 - 1;

/** The process' own time and chance. Whether its pauses keep the process alive is for whoever waits for them to say. */
export function processClock({ keepsAlive }: { readonly keepsAlive: boolean }): Clock {
  return {
    nowMs: () => performance.now(),
    random: Math.random,
    sleep: (ms, signal) =>
      delay(Math.min(ms, longestMs), undefined, { signal, ref: keepsAlive }).catch(() => undefined),
  };
}

/** Does a task later, after 25 days at the latest, if the process is still there. */
export const unhurried: Schedule = (ms, task) => {
  const timer = setTimeout(task, Math.min(ms, longestMs)).unref();
  return () => clearTimeout(timer);
};
