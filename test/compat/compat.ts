import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import fc from "fast-check";
import { print, say } from "../../sandbox/console.ts";
import { run } from "../../sandbox/run.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { compareConfiguration, type Configuration } from "./compare-configuration.ts";
import { count, describeUnexplained, judge, type Judgement, resultTables } from "./judgement.ts";
import type { Question } from "./questions.ts";
import { randomConfiguration } from "./random-configuration.ts";
import { startWorld } from "./world.ts";
import { writeResults } from "./results-page.ts";

/**
 * `make compat`: asks the real prometheus-adapter and this adapter the same, side by side, and ends with code 1 if an answer
 * differs without a reason. The results go into `docs/compatibility.md`.
 *
 * `CONFIGS=DIR` takes the configurations of another folder and `FUZZ=1000` random ones (`SEED=1`), and both only print.
 */

const ownFolder = join(import.meta.dirname, "configurations");
const { CONFIGS: folder = "", FUZZ: cases = "", SEED: seed = "1" } = process.env;
/** A random configuration is asked so much; most questions are of the same few kinds. */
const questionsOfCase = 25;

await run(async (supervisor) => {
  const directory = await temporaryFolder(supervisor);
  const world = await startWorld(supervisor, directory, say);
  const configurations = cases === "" ? await readConfigurations(folder || ownFolder) : makeConfigurations();
  const judgements: Judgement[] = [];
  for (const [turn, configuration] of configurations.entries()) {
    const isWhole = cases === "";
    const options = { directory, signal: supervisor.signal, withFailures: isWhole };
    const choose = isWhole ? {} : { choose: (questions: readonly Question[]) => someOf(questions, turn) };
    const comparisons = await compareConfiguration(configuration, world, { ...options, ...choose });
    const judgement = judge(configuration, comparisons);
    judgements.push(judgement);
    for (const mistake of describeUnexplained(judgement)) print(mistake);
    if (isWhole || (turn + 1) % 50 === 0) say(`${configuration.name}: ${summary([judgement])}`);
  }
  print(`\n${resultTables(judgements, cases === "")}\n`);
  print(`${judgements.length} configurations: ${summary(judgements)}`);
  if (cases === "" && folder === "") await writeResults(judgements);
  if (judgements.some(({ verdicts }) => count(verdicts).unexplained > 0)) process.exitCode = 1;
});

async function readConfigurations(path: string): Promise<readonly Configuration[]> {
  const files = (await readdir(path)).filter((file) => file.endsWith(".yaml")).toSorted();
  if (files.length === 0) throw new Error(`Cannot compare: no *.yaml in "${path}"`);
  return Promise.all(
    files.map(async (file) => ({ name: basename(file, ".yaml"), text: await readFile(join(path, file), "utf8") })),
  );
}

function makeConfigurations(): readonly Configuration[] {
  const texts = fc.sample(randomConfiguration, { numRuns: Number(cases), seed: Number(seed) });
  return texts.map((text, turn) => ({ name: `seed-${seed}-case-${turn}`, text }));
}

function someOf(questions: readonly Question[], turn: number): readonly Question[] {
  const length = Math.min(questionsOfCase, questions.length);
  const subset = fc.subarray([...questions], { minLength: length, maxLength: length });
  return fc.sample(subset, { numRuns: 1, seed: Number(seed) + turn })[0] ?? [];
}

function summary(judgements: readonly Judgement[]): string {
  const { asked, agree, deviate, unexplained } = count(judgements.flatMap(({ verdicts }) => verdicts));
  return `${asked} answers, ${agree} agree, ${deviate} deviate for a reason, ${unexplained} without`;
}
