import { readFileSync } from "node:fs";
import { formatProblem, type Problem } from "../config/file.ts";
import { choice, describeFlagTable, readFlags, used } from "../config/flag.ts";
import { fail, ok, type Result } from "../result.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { lintCatalogue, type LintProblem, lintRules } from "../vm/lint/lint-catalogue.ts";
import { checkConfig } from "./config-text.ts";
import type { Context } from "./context.ts";

const flagTable = {
  output: used({
    ...choice(["text", "json"], "text", "How to write problems: a line for each, or an array of objects"),
    letter: "o",
  }),
} as const;

const usage = `Usage: vm-metrics-adapter lint [FILE] [flags]

With FILE: checks a configuration file, as the adapter does when it starts. Every field and value is checked, and that the
names in vms.metrics and vms.ephemeral.metrics are those of metrics, or begin some. Rules of prometheus-adapter (rules,
externalRules, resourceRules) are not looked into. Problems are told as FILE:LINE: FIELD: WHAT IS WRONG.

Without: checks the catalogue of metrics that is built in. Its rules are
  ${lintRules.join(" ")}

Exit codes: 0 without problems, 1 with some, 2 for wrong flags or a file that cannot be read.

`;

/** Checks a configuration file, or the built-in catalogue. Exit codes: 0, 1 for problems, 2 for wrong flags or no file. */
export async function lint({ argv, out, err }: Pick<Context, "argv" | "out" | "err">): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable(flagTable));
    return 0;
  }
  const commandLine = readFlags(flagTable, argv);
  if (!commandLine.ok) return refuse(commandLine.error, err);
  const { flags, positionals } = commandLine.value;
  const [file, ...others] = positionals;
  if (others.length > 0) return refuse(["Cannot check more than one file"], err);

  const problems = file === undefined ? ok(lintCatalogue(catalogue)) : lintFile(file);
  if (!problems.ok) return refuse([problems.error], err);
  out(flags.output === "json" ? `${JSON.stringify(problems.value, null, 2)}\n` : asText(problems.value, file));
  return problems.value.length === 0 ? 0 : 1;
}

function lintFile(file: string): Result<readonly Problem[], string> {
  try {
    const config = checkConfig(readFileSync(file, "utf8"));
    return ok(config.ok ? [] : config.error);
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`Cannot read ${JSON.stringify(file)}: ${detail}`);
  }
}

function asText(problems: readonly (Problem | LintProblem)[], file = ""): string {
  if (problems.length === 0) {
    return file === "" ? `${catalogue.length} metrics, no problem\n` : `${file}: no problem\n`;
  }
  return problems
    .map((problem) => `${"rule" in problem ? describe(problem) : formatProblem(file, problem)}\n`)
    .join("");
}

function describe({ rule, metric, detail }: LintProblem): string {
  return `${metric}: ${detail} (${rule})`;
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
