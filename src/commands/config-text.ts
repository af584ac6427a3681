import { readFileSync } from "node:fs";
import { type Config, formatProblem, parseConfig, type Problem } from "../config/file.ts";
import { fail, type Result } from "../result.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { unknownItems } from "../vm/served-catalogue.ts";

/** Reads the text of a configuration file and checks the names of metrics in it, or lists everything that is wrong. */
export function checkConfig(text: string): Result<Config, readonly Problem[]> {
  const config = parseConfig(text);
  if (!config.ok) return config;
  const unknown = unknownMetrics(config.value);
  return unknown.length === 0 ? config : fail(unknown);
}

/** Reads the file of `--config`, or says line by line what is wrong with it. Defaults for an empty name. */
export function readConfig(file: string): Result<Config, readonly string[]> {
  try {
    const config = checkConfig(file === "" ? "" : readFileSync(file, "utf8"));
    return config.ok ? config : fail(config.error.map((problem) => formatProblem(file, problem)));
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail([`Cannot read --config ${JSON.stringify(file)}: ${detail}`]);
  }
}

/** Names in the file that no metric has or begins with. */
function unknownMetrics({ vms: { metrics, ephemeral } }: Config): readonly Problem[] {
  const lists = { ...metrics, ephemeral: Object.keys(ephemeral.metrics) };
  return Object.entries(lists).flatMap(([list, items]) =>
    unknownItems(catalogue, items).map((item) => ({
      path: list === "ephemeral" ? "vms.ephemeral.metrics" : `vms.metrics.${list}`,
      message: `No metric's name is or begins with ${JSON.stringify(item)}; \`vm-metrics-adapter catalogue\` lists them`,
    })),
  );
}
