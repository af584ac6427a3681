import type { MetricError } from "../naming/metric-error.ts";
import type { Result } from "../result.ts";

/** Is told when the backend begins to fail, with the reason, and when it answers again. */
export type OnOutage = (
  state: { readonly failing: true; readonly detail: string } | { readonly failing: false },
) => void;

/** A backend that fails every other question has one outage, not one for each question. */
const quietMs = 10_000;

/**
 * Tells of outages of a backend, at their beginning and at their end, which is the first answer after ten seconds without
 * a failure. Remembered answers hide an outage from whoever asks, and a question that the backend refuses says nothing about
 * the others. `now` is a monotonic clock, in milliseconds.
 */
export function watchOutages<Question, Answer>(
  query: (question: Question) => Promise<Result<Answer, MetricError>>,
  onOutage: OnOutage,
  now: () => number,
): (question: Question) => Promise<Result<Answer, MetricError>> {
  let failing = false;
  let failedMs = -Infinity;

  function failed(detail: string): void {
    failedMs = now();
    if (!failing) onOutage({ failing: true, detail });
    failing = true;
  }
  function answered(): void {
    if (!failing || now() - failedMs < quietMs) return;
    failing = false;
    onOutage({ failing: false });
  }

  return async (question) => {
    const answer = await query(question);
    const detail = answer.ok ? undefined : detailOf(answer.error);
    if (detail === undefined) answered();
    else failed(detail);
    return answer;
  };
}

/** What is wrong with the backend; undefined for an error that is not its own. */
function detailOf(error: MetricError): string | undefined {
  if (error.kind === "timedOut") return "no answer in time";
  return error.kind === "backendUnavailable" ? error.detail : undefined;
}
