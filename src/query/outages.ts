import type { MetricError } from "../naming/metric-error.ts";
import type { QueryInstant } from "./prometheus.ts";

/** Is told when the backend begins to fail, with the reason, and when it answers again. */
export type OnOutage = (
  state: { readonly failing: true; readonly detail: string } | { readonly failing: false },
) => void;

/**
 * Tells of outages of a backend, at their beginning and at their end. Remembered answers hide one from whoever asks, and
 * a question that it refuses says nothing about the others.
 */
export function watchOutages(query: QueryInstant, onOutage: OnOutage): QueryInstant {
  let failing = false;

  return async (expr) => {
    const answer = await query(expr);
    const detail = answer.ok ? undefined : detailOf(answer.error);
    if (failing !== (detail !== undefined)) {
      failing = detail !== undefined;
      onOutage(detail === undefined ? { failing: false } : { failing: true, detail });
    }
    return answer;
  };
}

/** What is wrong with the backend; undefined for an error that is not its own. */
function detailOf(error: MetricError): string | undefined {
  if (error.kind === "timedOut") return "no answer in time";
  return error.kind === "backendUnavailable" ? error.detail : undefined;
}
