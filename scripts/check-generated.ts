import { generatedFiles } from "./generated-files.ts";
import { staleFiles } from "./stale-files.ts";

const problems = staleFiles(await generatedFiles(), ".");
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
