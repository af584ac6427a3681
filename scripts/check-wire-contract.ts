import { contractProblems, readWireContract } from "./wire-contract.ts";

const problems = contractProblems(readWireContract());
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
