import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Supervisor } from "./supervisor.ts";

/** Makes a folder for what a command's processes write; it is removed after they have ended, so ask for it first. */
export async function temporaryFolder(supervisor: Supervisor): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vm-metrics-adapter-"));
  await supervisor.own({ [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }) });
  return folder;
}
