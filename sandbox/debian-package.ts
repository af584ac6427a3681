import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunCommand } from "./run-command.ts";

/**
 * Unpacks binaries of a Debian package into `folder` without installing it, which needs no root. Package lists are fetched
 * first if the download fails without; that does need root. Rejects with what the failing command said.
 */
export async function unpackDebianPackage(
  { run, signal }: { readonly run: RunCommand; readonly signal?: AbortSignal | undefined },
  { name, binaries, folder }: { readonly name: string; readonly binaries: readonly string[]; readonly folder: string },
): Promise<void> {
  async function step(command: string, ...args: string[]): Promise<void> {
    const { code, stderr } = await run(command, args, { cwd: folder, signal });
    if (code === 127) throw new Error(`Cannot unpack Debian package "${name}": no "${command}" on PATH`);
    if (code !== 0) throw new Error(`Cannot unpack Debian package "${name}": ${command} says ${stderr.trim()}`);
  }
  await step("apt-get", "download", name).catch(async () => {
    await step("apt-get", "update");
    await step("apt-get", "download", name);
  });
  const archive = (await readdir(folder)).find((file) => file.endsWith(".deb"));
  if (archive === undefined) throw new Error(`Cannot unpack Debian package "${name}": apt-get downloaded no file`);
  const tree = join(folder, "tree");
  await mkdir(tree);
  await step("dpkg", "-x", archive, tree);
  for (const binary of binaries) await copyFile(join(tree, "usr", "bin", binary), join(folder, binary));
}
