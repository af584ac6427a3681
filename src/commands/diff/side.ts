import type { MetricsApi } from "../../naming/metrics-api.ts";
import type { Result } from "../../result.ts";

/** One of the two adapters that are compared. */
export interface Side {
  /** What a person calls it. */
  readonly name: string;
  /** The version of each API that it is asked by; an API that is missing is not compared. */
  readonly versions: ReadonlyMap<MetricsApi, string>;
  /** Asks. Fails, in words for a person, when there is no answer at all. */
  readonly get: (path: string, query: Readonly<Record<string, string>>) => Promise<Result<Reply, string>>;
}

/** An answer as it came, be it a good one. */
export interface Reply {
  /** HTTP status. */
  readonly code: number;
  readonly body: unknown;
}

/** A question that both sides are asked, each by its own version of the API. */
export interface Question {
  readonly api: MetricsApi;
  /** What is asked for: `pods/http_requests`, or the name of an external metric. */
  readonly metric: string;
  /** Below the version of the API. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Who asks this; absent where it was found in discovery. */
  readonly autoscaler?: string;
}

/** Asks one side a question. */
export async function askSide(side: Side, { api, path, query }: Question): Promise<Result<Reply, string>> {
  return side.get(`/apis/${api}/${side.versions.get(api) ?? ""}/${path}`, query);
}
