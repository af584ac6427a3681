import { readFileSync } from "node:fs";
import { locate, parseConfig } from "../config/file.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
import type { Config } from "../config/schema.ts";
import { fail, ok, type Result } from "../result.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { metricCheck } from "./check-metric.ts";
import { idleSettings } from "./idle-settings.ts";

/** A configuration file that can be used. */
export interface CheckedConfig {
  readonly config: Config;
  /** What in the file changes nothing. */
  readonly idle: readonly Problem[];
}

/** Reads the text of a configuration file, the names of metrics included, or lists everything that is wrong with it. */
export function checkConfig(text: string): Result<CheckedConfig, readonly Problem[]> {
  const config = parseConfig(text, metricCheck(catalogue));
  if (!config.ok) return config;
  return ok({ config: config.value, idle: locate(text, idleSettings(config.value.vms, catalogue)) });
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
