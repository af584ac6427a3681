import { readFile } from "node:fs/promises";
import type { Clock } from "../cluster/clock.ts";
import type { Result } from "../result.ts";

/** What to do about files that change while the adapter runs. */
export interface FollowOptions<T> {
  /** The files; those that are not there count as being empty until they are. */
  readonly files: readonly string[];
  /** Reads what they say, or lists what is wrong. */
  readonly read: () => Promise<Result<T, readonly string[]>>;
  /** Whether it says what is served already. */
  readonly isServed: (value: T) => boolean;
  /** What keeps it from being served although it can be read; empty when nothing does. */
  readonly objections: (value: T) => readonly string[];
  /** Puts it in service; resolves when it is. */
  readonly take: (value: T) => Promise<void>;
  /** Is told once of a content that is not taken. */
  readonly refused: (problems: readonly string[]) => void;
  readonly sleep: Clock["sleep"];
}

/** Files that are followed. */
export interface FollowedFiles {
  /** What is wrong with what they hold; undefined while it is served. */
  readonly problem: () => string | undefined;
  /** Looks at them until `signal` is aborted, then resolves. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

const lookMs = 500;

/**
 * Follows files through changes. They are read rather than watched, because a ConfigMap is swapped as a whole folder, by a
 * symbolic link that no watch of the file sees. A content counts from the second look at it on: until then it may be half
 * written.
 */
export function followFiles<T>(options: FollowOptions<T>): FollowedFiles {
  const { files, read, isServed, objections, take, refused, sleep } = options;
  let problem: string | undefined;
  let seen: string | undefined;
  let judged: string | undefined;

  async function look(): Promise<void> {
    const content = await contentOf(files);
    const isSettled = content === seen;
    seen = content;
    if (!isSettled || content === judged) return;
    judged = content;
    await judge();
  }

  async function judge(): Promise<void> {
    const value = await read();
    if (value.ok && isServed(value.value)) {
      problem = undefined;
      return;
    }
    const problems = value.ok ? objections(value.value) : value.error;
    problem = problems.length === 0 ? undefined : problems.join("\n");
    if (value.ok && problems.length === 0) await take(value.value);
    else refused(problems);
  }

  return {
    problem: () => problem,
    start: async (signal) => {
      while (!signal.aborted) {
        await look();
        await sleep(lookMs, signal);
      }
    },
  };
}

async function contentOf(files: readonly string[]): Promise<string> {
  const contents = await Promise.all(files.map((file) => readFile(file, "utf8").catch(String)));
  return JSON.stringify(contents);
}
