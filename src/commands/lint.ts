import { choice, describeFlagTable, readFlags, used } from "../config/flag.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { lintCatalogue, type LintProblem, lintRules } from "../vm/lint/lint-catalogue.ts";
import type { Context } from "./context.ts";

const flagTable = {
  output: used({
    ...choice(["text", "json"], "text", "How to write problems: a line for each, or an array of objects"),
    letter: "o",
  }),
} as const;

const usage = `Usage: vm-metrics-adapter lint [flags]

Checks the catalogue of metrics that is built in; \`check\` checks a configuration file. Its rules are
  ${lintRules.join(" ")}

Exit codes: 0 without problems, 1 with some, 2 for wrong flags.

`;

/** Checks the built-in catalogue. Exit codes: 0, 1 for problems, 2 for wrong flags. */
export async function lint({ argv, out, err }: Pick<Context, "argv" | "out" | "err">): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable(flagTable));
    return 0;
  }
  const commandLine = readFlags(flagTable, argv);
  if (!commandLine.ok) return refuse(commandLine.error, err);
  const { flags, positionals } = commandLine.value;
  if (positionals.length > 0) return refuse(["Cannot lint a file; `vm-metrics-adapter check FILE` does"], err);

  const problems = lintCatalogue(catalogue);
  out(flags.output === "json" ? `${JSON.stringify(problems, null, 2)}\n` : asText(problems));
  return problems.length > 0 ? 1 : 0;
}

function asText(problems: readonly LintProblem[]): string {
  if (problems.length === 0) return `${catalogue.length} metrics, no problem\n`;
  return problems.map(({ rule, metric, detail }) => `${metric}: ${detail} (${rule})\n`).join("");
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
