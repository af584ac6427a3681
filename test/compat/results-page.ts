import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Judgement, resultTables } from "./judgement.ts";

const page = join(import.meta.dirname, "..", "..", "docs", "compatibility.md");
const [begin, end] = ["<!-- results of make compat -->", "<!-- end of results -->"];

/** Puts the tables of results into `docs/compatibility.md`, between its two marks. Rejects if the page lacks them. */
export async function writeResults(judgements: readonly Judgement[]): Promise<void> {
  const text = await readFile(page, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`Cannot write results: no marks in "${page}"`);
  await writeFile(page, [before, begin, "\n\n", resultTables(judgements, true), "\n\n", end, after].join(""));
}
