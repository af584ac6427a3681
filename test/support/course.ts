import { setTimeout as delay } from "node:timers/promises";

/** What can be seen of an autoscaled pool at one moment. */
export interface Moment {
  /** What goes on, as the test calls it. */
  readonly stage: string;
  /** Since the course began. */
  readonly seconds: number;
  /** What all guests of the pool do together, in cores. */
  readonly load: number;
  /** What the adapter says of that; NaN when it has no figure. */
  readonly sum: number;
  /** Why it has none; empty when it has one. */
  readonly problem: string;
  /** What the autoscaler wants. */
  readonly replicas: number;
  /** How many virtual machines run. */
  readonly running: number;
  /** Whether the autoscaler has got its metric. */
  readonly isActive: boolean;
}

/** What a course looks at. */
export interface CourseOptions {
  readonly look: () => Promise<Omit<Moment, "stage" | "seconds">>;
  /** Gets a line of a table for every third look, and its head. */
  readonly print: (line: string) => void;
}

/** A pool that is looked at every five seconds. */
export interface Course {
  /** Everything seen, oldest first. */
  readonly moments: readonly Moment[];
  /** Looks until it is so; rejects with what was seen last after so many seconds. */
  readonly until: (stage: string, isSo: (moment: Moment) => boolean, seconds: number) => Promise<void>;
  /** Looks for so many seconds. */
  readonly during: (stage: string, seconds: number) => Promise<void>;
}

const lookEveryMs = 5_000;
const linesEvery = 3;

/** Begins a course. */
export function createCourse({ look, print }: CourseOptions): Course {
  const beganMs = performance.now();
  const moments: Moment[] = [];
  print("   time  stage                     load    sum  wanted  running  ScalingActive");

  async function next(stage: string): Promise<Moment> {
    const startedMs = performance.now();
    const moment = { stage, seconds: (startedMs - beganMs) / 1_000, ...(await look()) };
    if (moments.length % linesEvery === 0) print(lineOf(moment));
    moments.push(moment);
    await delay(Math.max(0, lookEveryMs - (performance.now() - startedMs)));
    return moment;
  }

  return {
    moments,
    until: async (stage, isSo, seconds) => {
      const endMs = performance.now() + seconds * 1_000;
      for (;;) {
        const moment = await next(stage);
        if (isSo(moment)) return;
        if (performance.now() > endMs) throw new Error(`Not so after ${seconds} s: ${JSON.stringify(moment)}`);
      }
    },
    during: async (stage, seconds) => {
      const endMs = performance.now() + seconds * 1_000;
      while (performance.now() < endMs) await next(stage);
    },
  };
}

function lineOf({ stage, seconds, load, sum, problem, replicas, running, isActive }: Moment): string {
  const time = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const columns = [time.padStart(7), stage.padEnd(22), load.toFixed(2).padStart(6), sum.toFixed(3).padStart(7)];
  const counts = [String(replicas).padStart(6), String(running).padStart(7)];
  return [...columns, ...counts, isActive ? "active" : "      ", problem].join("  ").trimEnd();
}
