import { choice, describeFlagTable, readFlags, used } from "../config/flag.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { lintCatalogue, type LintProblem, lintRules } from "../vm/lint/lint-catalogue.ts";
import { type Finding, formatFinding } from "./check/finding.ts";
import { checkConfig, readText } from "./config-text.ts";
import type { Context } from "./context.ts";
import { ok, type Result } from "../result.ts";

const flagTable = {
  output: used({
    ...choice(["text", "json"], "text", "How to write problems: a line for each, or an array of objects"),
    letter: "o",
  }),
} as const;

const usage = `Usage: vm-metrics-adapter lint [FILE] [flags]

Without FILE: checks the catalogue of metrics that is built in. Its rules are
  ${lintRules.join(" ")}

With FILE (- for standard input): finds what \`check FILE\` finds, which can also try the rules out beside a Prometheus.

Exit codes: 0 without problems (warnings are none), 1 with some, 2 for wrong flags or a file that cannot be read.

`;

/** Checks the built-in catalogue, or a configuration file. Exit codes: 0, 1 for problems, 2 for wrong flags or no file. */
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

  const found = file === undefined ? ok(lintBuiltIn()) : lintFile(file, input);
  if (!found.ok) return refuse([found.error], err);
  const { problems, lines, nothing, failed } = found.value;
  const text = lines.length === 0 ? `${nothing} no problem\n` : lines.map((line) => `${line}\n`).join("");
  out(flags.output === "json" ? `${JSON.stringify(problems, null, 2)}\n` : text);
  return failed ? 1 : 0;
}

type LintContext = Pick<Context, "argv" | "out" | "err" | "input">;

/** What was found, as data and as lines. */
interface Found {
  readonly problems: readonly (LintProblem | Finding)[];
  readonly lines: readonly string[];
  /** Who is said to have no problem when nothing is found. */
  readonly nothing: string;
  readonly failed: boolean;
}

function lintBuiltIn(): Found {
  const problems = lintCatalogue(catalogue);
  const lines = problems.map(({ rule, metric, detail }) => `${metric}: ${detail} (${rule})`);
  return { problems, lines, nothing: `${catalogue.length} metrics,`, failed: problems.length > 0 };
}

function lintFile(file: string, input: Context["input"]): Result<Found, string> {
  const text = readText(file, input);
  if (!text.ok) return text;
  const checked = checkConfig(text.value);
  const problems: readonly Finding[] = checked.ok
    ? checked.value.findings
    : checked.error.map((problem) => ({ level: "error", ...problem }));
  const name = file === "-" ? "stdin" : file;
  return ok({
    problems,
    lines: problems.map((each) => formatFinding(name, each)),
    nothing: `${name}:`,
    failed: problems.some(({ level }) => level === "error"),
  });
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
