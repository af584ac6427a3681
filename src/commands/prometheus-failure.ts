import type { MetricError } from "../naming/metric-error.ts";

/** Says why Prometheus gave no answer to whoever asked it at a terminal, with all that is known. */
export function describeFailure(error: MetricError): string {
  if (error.kind === "timedOut") return "it did not answer in time";
  if (error.kind === "backendUnavailable") return `it cannot be reached: ${error.detail}`;
  return "detail" in error ? `it refused the question: ${error.detail}` : error.kind;
}
