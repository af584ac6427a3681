import { readFileSync } from "node:fs";
import { choice, describeFlagTable, readFlags, used } from "../config/flag.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
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

With FILE (- for standard input): checks a configuration file, as the adapter does when it starts. Every field and value
is checked, and that the names in vms.metrics and vms.ephemeral.metrics are those of metrics, or begin some. Rules of
prometheus-adapter (rules, externalRules, resourceRules) are not looked into. Problems are told as
FILE:LINE: FIELD: WHAT IS WRONG, and what has no effect as FILE:LINE: warning: FIELD: WHY.

Without: checks the catalogue of metrics that is built in. Its rules are
  ${lintRules.join(" ")}

Exit codes: 0 without problems (warnings are none), 1 with some, 2 for wrong flags or a file that cannot be read.

`;

/** Something that lint finds, and how bad it is. */
type Finding = (Problem | LintProblem) & { readonly level: "error" | "warning" };

/** Checks a configuration file, or the built-in catalogue. Exit codes: 0, 1 for problems, 2 for wrong flags or no file. */
export async function lint({ argv, out, err, input }: LintContext): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable(flagTable));
    return 0;
  }
  const commandLine = readFlags(flagTable, argv);
  if (!commandLine.ok) return refuse(commandLine.error, err);
  const { flags, positionals } = commandLine.value;
  const [file, ...others] = positionals;
  if (others.length > 0) return refuse(["Cannot check more than one file"], err);

  const findings = file === undefined ? ok(lintBuiltIn()) : lintFile(file, input);
  if (!findings.ok) return refuse([findings.error], err);
  out(flags.output === "json" ? `${JSON.stringify(findings.value, null, 2)}\n` : asText(findings.value, file));
  return findings.value.some(({ level }) => level === "error") ? 1 : 0;
}

type LintContext = Pick<Context, "argv" | "out" | "err" | "input">;

function lintBuiltIn(): readonly Finding[] {
  return lintCatalogue(catalogue).map((problem) => ({ level: "error", ...problem }));
}

function lintFile(file: string, input: Context["input"]): Result<readonly Finding[], string> {
  try {
    const checked = checkConfig(file === "-" ? input() : readFileSync(file, "utf8"));
    return ok(
      checked.ok
        ? checked.value.idle.map((problem) => ({ level: "warning", ...problem }))
        : checked.error.map((problem) => ({ level: "error", ...problem })),
    );
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`Cannot read ${JSON.stringify(file)}: ${detail}`);
  }
}

function asText(findings: readonly Finding[], file?: string): string {
  if (findings.length === 0) {
    return file === undefined ? `${catalogue.length} metrics, no problem\n` : `${nameOf(file)}: no problem\n`;
  }
  return findings.map((finding) => `${"rule" in finding ? describe(finding) : inFile(finding, file)}\n`).join("");
}

/** As compilers do it: `config.yaml:3: warning: vms.metrics.optIn[0]: Has no effect`. */
function inFile({ level, ...problem }: Problem & Pick<Finding, "level">, file = ""): string {
  const path = level === "warning" ? `warning: ${problem.path}` : problem.path;
  return formatProblem(nameOf(file), { ...problem, path });
}

function nameOf(file: string): string {
  return file === "-" ? "stdin" : file;
}

function describe({ rule, metric, detail }: LintProblem): string {
  return `${metric}: ${detail} (${rule})`;
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
