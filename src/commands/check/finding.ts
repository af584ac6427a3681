import { formatProblem, type Problem, type Remark } from "../../config/problem.ts";

/** How bad something is: an error keeps a rule or the whole file from being served. */
export type Level = "error" | "warning";

/** What somebody should know of a configuration file. */
export interface Finding extends Problem {
  readonly level: Level;
}

/** A finding that is not at its place in the file yet. */
export interface RemarkedFinding extends Remark {
  readonly level: Level;
}

/** Says what has no effect, or hardly the effect that was meant. */
export function warning(path: Remark["path"], message: string, hint?: string): RemarkedFinding {
  return { level: "warning", path, message, ...(hint === undefined ? {} : { hint }) };
}

/** As compilers do it: `config.yaml:3:5: warning: rules[0].metricsQuery: It has no aggregation`. Errors do not say that they are. */
export function formatFinding(file: string, { level, ...problem }: Finding): string {
  const path = [level === "warning" ? "warning" : "", problem.path].filter((part) => part !== "").join(": ");
  return formatProblem(file, { ...problem, path });
}
