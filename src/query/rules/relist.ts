import type { MetricError } from "../../naming/metric-error.ts";
import type { SeriesShape } from "../../naming/rules/series.ts";
import type { ListSeries } from "./series-client.ts";

/** What is known of the series that one `seriesQuery` selects. */
export interface Listing {
  readonly seriesQuery: string;
  /** The last list that came; absent before the first. */
  readonly series?: readonly SeriesShape[];
  /** When it came, in milliseconds since the Unix epoch. */
  readonly listedAtMs?: number;
  /** Why the newest attempt gave no list; absent when it did, or before it. */
  readonly error?: MetricError;
}

export interface RelistOptions {
  /** Each is asked once, whoever needs it how often. */
  readonly seriesQueries: readonly string[];
  readonly listSeries: ListSeries;
  /** Series without samples for so long are left out, in milliseconds. */
  readonly maxAgeMs: number;
  /** From the end of one list of a query to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Makes the pauses between attempts after failures of one query. */
  readonly createBackoff: () => { readonly next: () => number; readonly reset: () => void };
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Resolves early, and never rejects, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What is known already; default nothing. What it says of other queries does not matter. */
  readonly known?: readonly Listing[];
  /** Is told what is known when something has come; what comes at about the same time is told at once. */
  readonly onListed: (listings: readonly Listing[]) => void;
}

/** Lists of series, kept up to date. */
export interface Relist {
  /** In the order of the queries. */
  readonly listings: () => readonly Listing[];
  /** Lists again and again until `signal` is aborted, then resolves. To be called once. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Lists under way at once: they are the most expensive questions that Prometheus is asked. */
const atOnce = 4;
/** What has come is told after so long at the latest, in milliseconds; all that is told makes a book of rules. */
const gatherMs = 1_000;

/**
 * Lists series, each query by itself, so that a slow one holds no other up. A query that fails keeps its last list and is
 * asked again soon; not so one that Prometheus refuses, which will be wrong again.
 */
export function createRelist(options: RelistOptions): Relist {
  const { seriesQueries, listSeries, maxAgeMs, intervalMs, wallClock, sleep, onListed } = options;
  const listingByQuery = new Map<string, Listing>(seriesQueries.map((seriesQuery) => [seriesQuery, { seriesQuery }]));
  for (const { seriesQuery, series, listedAtMs } of options.known ?? []) {
    if (series === undefined || listedAtMs === undefined || !listingByQuery.has(seriesQuery)) continue;
    listingByQuery.set(seriesQuery, { seriesQuery, series, listedAtMs });
  }
  const takeTurn = createTurns(atOnce);
  let underWay = 0;
  let isNews = false;

  function listings(): readonly Listing[] {
    return [...listingByQuery.values()];
  }

  function tell(signal: AbortSignal): void {
    if (!isNews || signal.aborted) return;
    isNews = false;
    onListed(listings());
  }

  function tellSoon(signal: AbortSignal): void {
    const isFirst = !isNews;
    isNews = true;
    if (underWay === 0) tell(signal);
    else if (isFirst) void sleep(gatherMs, signal).then(() => tell(signal));
  }

  async function list(seriesQuery: string, signal: AbortSignal): Promise<MetricError | undefined> {
    underWay += 1;
    const answer = await takeTurn(async () => listSeries(seriesQuery, wallClock() - maxAgeMs, signal));
    underWay -= 1;
    const { error: _, ...known } = listingByQuery.get(seriesQuery) ?? { seriesQuery };
    listingByQuery.set(
      seriesQuery,
      answer.ok ? { seriesQuery, series: answer.value, listedAtMs: wallClock() } : { ...known, error: answer.error },
    );
    tellSoon(signal);
    return answer.ok ? undefined : answer.error;
  }

  async function follow(seriesQuery: string, signal: AbortSignal): Promise<void> {
    const backoff = options.createBackoff();
    while (!signal.aborted) {
      const error = await list(seriesQuery, signal);
      if (signal.aborted) return;
      const isOutage = error !== undefined && error.kind !== "backendRejected";
      if (!isOutage) backoff.reset();
      await sleep(isOutage ? Math.min(intervalMs, backoff.next()) : intervalMs, signal);
    }
  }

  return {
    listings,
    start: async (signal) => {
      await Promise.all(seriesQueries.map(async (seriesQuery) => follow(seriesQuery, signal)));
    },
  };
}

/** Lets so many tasks, which never reject, go on at once; the others wait in the order in which they came. */
function createTurns(free: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let left = free;
  return async (task) => {
    if (left > 0) left -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    const outcome = await task();
    const next = waiting.shift();
    if (next === undefined) left += 1;
    else next();
    return outcome;
  };
}
