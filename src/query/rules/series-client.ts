import type { MetricError } from "../../naming/metric-error.ts";
import type { SeriesShape } from "../../naming/rules/series.ts";
import { fail, ok, type Result } from "../../result.ts";
import { decodeAnswer, decodeEnvelope, type Envelope, type PartialAnswers } from "../prometheus-answer.ts";
import { type AskPrometheus, readText } from "../prometheus-http.ts";
import { createSeriesReader } from "./series-reader.ts";

/**
 * Lists the series that match a selector and had samples since a time (milliseconds since the Unix epoch): each shape once.
 * Never rejects.
 */
export type ListSeries = (
  seriesQuery: string,
  sinceMs: number,
  signal: AbortSignal,
) => Promise<Result<readonly SeriesShape[], MetricError>>;

export interface SeriesClientOptions {
  /** For one list, in milliseconds. */
  readonly timeoutMs: number;
  readonly partialAnswers: PartialAnswers;
}

/** Lists series through Prometheus' `/api/v1/series`, in memory that does not grow with their number. */
export function createSeriesClient(ask: AskPrometheus, options: SeriesClientOptions): ListSeries {
  const { timeoutMs, partialAnswers } = options;
  return async (seriesQuery, sinceMs, signal) => {
    const form = new URLSearchParams({ "match[]": seriesQuery, start: String(sinceMs / 1_000) });
    return ask({ path: "series", form, timeoutMs, signal }, async ({ status, body }) => {
      if (status !== 200) return fail(await readRefusal(status, body));
      const reader = createSeriesReader();
      for await (const chunk of body) reader.push(chunk);
      const { envelope, series } = reader.end();
      const data = decodeEnvelope(status, toEnvelope(envelope), partialAnswers);
      if (!data.ok) return data;
      return Array.isArray(data.value) ? ok(series) : fail({ kind: "backendRejected", detail: "no list of series" });
    });
  };
}

/** Far longer than any error of Prometheus' or page of a proxy. */
const maxRefusalBytes = 1024 * 1024;

async function readRefusal(status: number, body: AsyncIterable<Buffer>): Promise<MetricError> {
  const answer = decodeAnswer(status, await readText(body, maxRefusalBytes), "refuse");
  return answer.ok ? { kind: "backendUnavailable", detail: `HTTP ${status}` } : answer.error;
}

function toEnvelope(document: unknown): Envelope {
  return typeof document === "object" && document !== null ? document : {};
}
