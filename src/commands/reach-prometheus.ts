import type { MetricError } from "../naming/metric-error.ts";
import { fail, ok, type Result } from "../result.ts";
import { describeFailure } from "./prometheus-failure.ts";

/** Asks Prometheus something that it can always answer. Fails, with what to check, when it does not. */
export async function reachPrometheus(
  ask: (query: "vector(1)") => Promise<Result<unknown, MetricError>>,
  url: string,
): Promise<Result<undefined, string>> {
  const answer = await ask("vector(1)");
  if (answer.ok) return ok(undefined);
  const check = "check whether it runs, --prometheus-url, and the credentials for it";
  return fail(`Cannot ask Prometheus at ${url}: ${describeFailure(answer.error)}; ${check}`);
}
