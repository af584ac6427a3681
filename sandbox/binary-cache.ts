import { chmod, mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isExecutable } from "./executable.ts";
import type { Report } from "./progress.ts";

/** Makes binaries in a folder that exists and is empty. */
export type MakeBinaries = (folder: string) => Promise<void>;

const pollMs = 100;

/** The folder of binaries that are kept between runs: `$XDG_CACHE_HOME` or `~/.cache`, then `vm-metrics-adapter/bin`. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "vm-metrics-adapter", "bin");
}

/**
 * Makes binaries in a cache folder unless they are all there. `make` works in a folder of its own inside, and each binary is
 * moved in place when all are made, so that an interruption leaves nothing half. Two processes that want the same
 * binaries make them once: the second waits.
 */
export async function makeOnce(
  folder: string,
  names: readonly string[],
  report: Report,
  make: MakeBinaries,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const release = await lock(join(folder, `.${names.join("+")}.lock`), report);
  const unfinished = join(folder, `.${names.join("+")}.unfinished`);
  try {
    if (await allThere(folder, names)) return;
    // What an earlier, interrupted run has left.
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await make(unfinished);
    for (const name of names) {
      await chmod(join(unfinished, name), 0o755);
      await rename(join(unfinished, name), join(folder, name));
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await release();
  }
}

async function allThere(folder: string, names: readonly string[]): Promise<boolean> {
  const there = await Promise.all(names.map(async (name) => isExecutable(join(folder, name))));
  return there.every(Boolean);
}

/**
 * A symbolic link is made in one step together with what it says, here the holder's process id. The lock of a holder that is
 * gone is taken away. Should two waiters do that in the same millisecond, both would work and one might fail, to no harm: what
 * is in place is whole.
 */
async function lock(path: string, report: Report): Promise<() => Promise<void>> {
  let told = false;
  while (!(await tryLock(path))) {
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined) continue;
    if (!isAlive(Number(holder))) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) report(`Waiting for process ${holder}, which makes the same (lock ${JSON.stringify(path)})`);
    told = true;
    await delay(pollMs);
  }
  return async () => rm(path, { force: true });
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await symlink(String(process.pid), path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
