import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GeneratedFile } from "./generated-files.ts";

/** Says which files in a folder are not what would be made, and what to do; empty when each is. */
export function staleFiles(files: readonly GeneratedFile[], folder: string): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const file = join(folder, path);
    if (!existsSync(file)) return [`${path} is missing: run \`make generate\``];
    const line = firstDifference(readFileSync(file, "utf8"), text);
    return line === undefined
      ? []
      : [`${path}:${line} is out of date: run \`make generate\` and look at the difference`];
  });
}

/** The first line that differs, from 1; undefined when none does. */
function firstDifference(present: string, wanted: string): number | undefined {
  if (present === wanted) return undefined;
  const [have, want] = [present.split("\n"), wanted.split("\n")];
  const length = Math.max(have.length, want.length);
  return 1 + Array.from({ length }).findIndex((_, index) => have[index] !== want[index]);
}
