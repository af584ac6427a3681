import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, makeOnce } from "./binary-cache.ts";
import { buildGoTool, type GoTool } from "./go-tools.ts";
import { type Report, withProgress } from "./progress.ts";
import { runCommand } from "./run-command.ts";

/** A Go program of this project: a module of one file, and one binary of the module's folder's name. */
export interface OwnGoProgram extends Pick<GoTool, "folder" | "module" | "takes"> {
  /** Where its folder is. */
  readonly toolsFolder: string;
}

const sources = ["go.mod", "go.sum", "main.go"];

/** Builds a program unless these very sources have been built before; answers its path. Rejects with what the compiler said. */
export async function findOwnGoProgram(
  { toolsFolder, ...program }: OwnGoProgram,
  { report, signal }: { readonly report: Report; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const { folder: name } = program;
  const tool: GoTool = { ...program, packages: { [name]: "." }, stamps: () => ({}) };
  const folder = join(cacheFolder(process.env), `${name}-${await digest(join(toolsFolder, name))}`);
  await makeOnce(folder, [name], report, async (unfinished) =>
    withProgress(report, `Building ${name} with Go, which takes ${program.takes} the first time`, async () =>
      buildGoTool({ run: runCommand, toolsFolder, signal }, tool, name, join(unfinished, name)),
    ),
  );
  return join(folder, name);
}

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of sources) hash.update(await readFile(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
