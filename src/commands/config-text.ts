import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { ignoredDocuments, locator, parseConfig } from "../config/file.ts";
import { formatProblem, inOrder, type Problem } from "../config/problem.ts";
import { fail, ok, type Result } from "../result.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { checkRules } from "./check/check-rules.ts";
import type { Context } from "./context.ts";
import type { Finding } from "./check/finding.ts";
import { metricCheck } from "./check-metric.ts";
import { idleSettings } from "./idle-settings.ts";

/** A configuration file that can be used. */
export interface CheckedConfig {
  readonly config: Config;
  /** Rules that cannot be served, what changes nothing, and what was hardly meant; in the order of the lines. */
  readonly findings: readonly Finding[];
}

/** Reads the text of a configuration file, the names of metrics included, or lists everything that is wrong with it. */
export function checkConfig(text: string): Result<CheckedConfig, readonly Problem[]> {
  const parsed = parseConfig(text, metricCheck(catalogue));
  if (!parsed.ok) return parsed;
  const config = parsed.value;
  const toProblem = locator(text);
  const idle = idleSettings(config.vms, catalogue).map(toWarning);
  const findings = [...idle, ...checkRules(config)].map(({ level, ...remark }) => ({ level, ...toProblem(remark) }));
  return ok({ config, findings: inOrder([...findings, ...ignoredDocuments(text).map(toWarning)]) });
}

/** The text of a file that a command names, `-` for standard input, or why there is none. */
export function readText(file: string, input: Context["input"]): Result<string, string> {
  try {
    return ok(file === "-" ? input() : readFileSync(file, "utf8"));
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`Cannot read ${JSON.stringify(file)}: ${detail}`);
  }
}

function toWarning<T>(remark: T): { readonly level: "warning" } & T {
  return { level: "warning", ...remark };
}

/** Reads the file of `--config`, or says line by line what is wrong with it. Defaults for an empty name. */
export function readConfig(file: string): Result<CheckedConfig, readonly string[]> {
  try {
    const config = checkConfig(file === "" ? "" : readFileSync(file, "utf8"));
    return config.ok ? config : fail(config.error.map((problem) => formatProblem(file, problem)));
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail([`Cannot read --config ${JSON.stringify(file)}: ${detail}`]);
  }
}
