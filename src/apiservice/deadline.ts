import type { ServerResponse } from "node:http";

/** How long a request may take. */
export interface Deadline {
  /** Until there is an answer, in milliseconds. */
  readonly answerMs: number;
  /** For the client to take it after that, in milliseconds. */
  readonly readMs: number;
  /** Called when there is no answer in time, to give one. */
  readonly onLate: () => void;
}

/**
 * Ends a request: by `onLate` when there is no answer in time, and by closing the connection of a client that does not take
 * its answer. The signal is aborted when nobody waits for an answer any more: it was given, or is late, or the client has gone.
 */
export function endInTime(response: ServerResponse, { answerMs, readMs, onLate }: Deadline): AbortSignal {
  const over = new AbortController();
  let timer = setTimeout(() => {
    if (!response.headersSent) onLate();
    over.abort();
    timer = setTimeout(() => response.destroy(), readMs);
  }, answerMs);
  response.on("close", () => {
    clearTimeout(timer);
    over.abort();
  });
  return over.signal;
}
