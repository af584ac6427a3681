import { choice, count, describeFlagTable, type FlagValues, onOff, readFlags, used } from "../config/flag.ts";
import { adapterFlags, prometheusFlags } from "../config/flags.ts";
import { locator } from "../config/file.ts";
import { inOrder } from "../config/problem.ts";
import { fail, ok, type Result } from "../result.ts";
import { type CheckedBesidePrometheus, checkBesidePrometheus } from "./check/beside-prometheus.ts";
import { type Finding, formatFinding } from "./check/finding.ts";
import { trialReport } from "./check/trial-report.ts";
import { trialText } from "./check/trial-text.ts";
import { type Mark, markWith } from "./colors.ts";
import { checkConfig, readText } from "./config-text.ts";
import type { Context } from "./context.ts";

const flagTable = {
  output: used({
    ...choice(["text", "json"], "text", "How to write what is found: for people, or for programs"),
    letter: "o",
  }),
  strict: used(onOff(false, "Exit with code 1 when there are warnings")),
  ...prometheusFlags,
  "prometheus-url": {
    ...prometheusFlags["prometheus-url"],
    default: "",
    help: "Also try the rules out beside this Prometheus: the series that they find, the metrics that these make, some values",
  },
  "metrics-max-age": adapterFlags["metrics-max-age"],
  "metrics-relist-interval": adapterFlags["metrics-relist-interval"],
  "metrics-per-rule": used(count(10, "How many metrics of each rule are asked for a value; 0 for all")),
  "lister-kubeconfig": {
    ...adapterFlags["lister-kubeconfig"],
    help: "kubeconfig file of the cluster whose resources labels may name; without one the environment's, or a built-in list",
  },
} as const;

type CheckFlags = FlagValues<typeof flagTable>;

const usage = `Usage: vm-metrics-adapter check FILE [flags]

Checks a configuration file (- for standard input): everything that the adapter refuses when it starts, rules that it cannot
serve, and what was hardly meant. That needs no cluster and no Prometheus. Findings are told as
FILE:LINE:COLUMN: FIELD: WHAT IS WRONG; WHAT TO DO, warnings with "warning:" before the field.

With --prometheus-url each rule is tried out as well: which series it finds (and how many have a sample now), which metrics
they make, a value of some of them, and one request with its whole answer.

Exit codes: 0 without errors, 1 with warnings and --strict, 2 with errors, wrong flags, a file that cannot be read, or a
Prometheus that does not answer.

`;

/** Checks a configuration file. Exit codes: 0 without errors, 1 for warnings where they count, 2 for errors and wrong flags. */
export async function check(context: CheckContext): Promise<number> {
  const { argv, out, err, input } = context;
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable(flagTable));
    return 0;
  }
  const commandLine = readCommandLine(argv);
  if (!commandLine.ok) return refuse(commandLine.error, err);
  const { flags, file } = commandLine.value;
  const text = readText(file, input);
  if (!text.ok) return refuse([text.error], err);

  const checked = await checkText(text.value, flags, context);
  if (!checked.ok) {
    err(`${checked.error.join("\n")}\n`);
    return 2;
  }
  out(flags.output === "json" ? asJson(checked.value) : asText(file, checked.value, markWith(context.colors ?? false)));
  return exitCode(checked.value.findings, flags.strict);
}

type CheckContext = Pick<Context, "argv" | "out" | "err" | "input" | "env" | "colors">;

interface CommandLine {
  readonly flags: CheckFlags;
  readonly file: string;
}

function readCommandLine(argv: readonly string[]): Result<CommandLine, readonly string[]> {
  const read = readFlags(flagTable, argv);
  if (!read.ok) return read;
  const { flags, given, positionals } = read.value;
  const [file, ...others] = positionals;
  const idle = flags["prometheus-url"] === "" ? given.filter((name) => !alone.has(name)) : [];
  const problems = idle.map((name) => `Cannot use --${name}: --prometheus-url is missing`);
  if (file === undefined || others.length > 0) return fail([...problems, "Expected one file to check"]);
  return problems.length > 0 ? fail(problems) : ok({ flags, file });
}

/** Flags that mean something without a Prometheus. */
const alone: ReadonlySet<string> = new Set(["output", "strict"]);

/** All that is found; `live` is absent without a Prometheus, and where the file cannot be used. */
interface Checked {
  readonly findings: readonly Finding[];
  readonly live?: CheckedBesidePrometheus;
}

/** Fails when a Prometheus is to be asked and cannot be. */
async function checkText(
  text: string,
  flags: CheckFlags,
  context: CheckContext,
): Promise<Result<Checked, readonly string[]>> {
  const checked = checkConfig(text);
  if (!checked.ok) return ok({ findings: checked.error.map((problem) => ({ level: "error", ...problem })) });
  const { config, findings } = checked.value;
  if (flags["prometheus-url"] === "") return ok({ findings });
  const live = await checkBesidePrometheus(config, flags, context);
  if (!live.ok) return live;
  const toProblem = locator(text);
  const seen = live.value.findings.map(({ level, ...remark }): Finding => ({ level, ...toProblem(remark) }));
  return ok({ findings: inOrder([...withoutGuesses(findings, seen), ...seen]), live: live.value });
}

/** What was seen of names, and of rules for one name, says what could only be guessed before. */
function withoutGuesses(findings: readonly Finding[], seen: readonly Finding[]): readonly Finding[] {
  const paths = new Set(seen.map(({ path }) => path).filter((path) => /(?:\]|\.name|\.seriesFilters)$/u.test(path)));
  return findings.filter(({ path }) => !paths.has(path));
}

function asJson({ findings, live }: Checked): string {
  const { trial, resources } = live ?? {};
  const report = {
    findings,
    ...(resources === undefined ? {} : { resources: resources.from }),
    ...(trial === undefined ? {} : { rules: trialReport(trial) }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function asText(file: string, { findings, live }: Checked, mark: Mark): string {
  const name = file === "-" ? "stdin" : file;
  const lines = findings.map((finding) => `${mark(finding.level, formatFinding(name, finding))}\n`);
  const { note } = live?.resources ?? {};
  return [
    ...(lines.length === 0 ? [`${name}: no problem\n`] : lines),
    ...(note === undefined ? [] : [`\n${note}\n`]),
    ...(live?.trial.rules ?? []).map((trial) => `\n${trialText(trial, mark)}`),
  ].join("");
}

function exitCode(findings: readonly Finding[], strict: boolean): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === "error")) return 2;
  return strict && findings.length > 0 ? 1 : 0;
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
