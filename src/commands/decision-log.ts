import type { Decision, RecordDecision } from "../query/decision.ts";
import type { WriteLog } from "./log.ts";

/** From this `-v` on, the log says of each request what was decided on the way to its answer. */
const fromVerbosity = 6;

/** Writes the decisions of each request to the log, a line for each; below `-v=6` it does nothing. */
export function decisionLog(log: WriteLog, verbosity: number): (auditId: string) => RecordDecision {
  if (verbosity < fromVerbosity) return () => ignore;
  return (auditId) => (decision) => log("debug", "Decided", { auditId, ...fieldsOf(decision) });
}

function ignore(): void {
  // Nobody listens.
}

/** A line has one level: what is nested is written as JSON. */
function fieldsOf(decision: Decision): Readonly<Record<string, string | number>> {
  const entries = Object.entries(decision).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, string | number>>;
}
