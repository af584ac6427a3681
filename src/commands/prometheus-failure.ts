import type { MetricError } from "../naming/metric-error.ts";

/** Says why Prometheus gave no answer to whoever asked it at a terminal, with all that is known, in one line. */
export function describeFailure(error: MetricError): string {
  if (error.kind === "timedOut") return "it did not answer in time";
  if (error.kind === "backendUnavailable") return `it cannot be reached: ${connectionDetail(error.detail)}`;
  return "detail" in error ? `it refused the question: ${error.detail}` : error.kind;
}

/** What went wrong with a connection, in one line. OpenSSL's words for a server without TLS do not say so. */
export function connectionDetail(detail: string): string {
  return /SSL routines:.*(?:wrong version number|packet length too long)/u.test(detail)
    ? "it does not speak TLS; check whether --prometheus-url should begin with http://"
    : detail.replaceAll(/\s+/gu, " ").trim();
}
