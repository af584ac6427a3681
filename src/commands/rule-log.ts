import { formatGroupResource } from "../naming/group-resource.ts";
import type { Collision } from "../naming/rules/registry.ts";
import type { Listing } from "../query/rules/relist.ts";
import type { RuleBook } from "../query/rules/rule-book.ts";
import type { WriteLog } from "./log.ts";
import { describeFailure } from "./prometheus-failure.ts";

/** Says what becomes of rules, each fact once. */
export interface RuleLog {
  /** After the cluster's resources have changed. */
  readonly resources: (book: RuleBook) => void;
  /** After series have been listed. */
  readonly series: (listings: readonly Listing[], book: RuleBook) => void;
  /** Of a query with several samples for one object. */
  readonly duplicates: (metric: string, query: string) => void;
}

/** So many metrics are remembered to have been warned of. */
const maxDuplicates = 1_000;

/** Makes a log of rules. */
export function createRuleLog(log: WriteLog): RuleLog {
  const duplicates = new Set<string>();
  const news = { unknown: createNews(), failing: createNews(), collisions: createNews() };

  return {
    resources: ({ unknown }) => {
      const problems = unknown.map(
        ({ rule, problem }) =>
          [
            JSON.stringify([rule.seriesQuery, problem]),
            { seriesQuery: rule.seriesQuery, detail: problem.message },
          ] as const,
      );
      for (const fields of news.unknown(problems)) {
        log("warning", "A rule names a resource that the cluster does not have; it waits for it", fields);
      }
    },

    series: (listings, { custom, external }) => {
      const failures = listings.flatMap(({ seriesQuery, error }) =>
        error === undefined ? [] : [[seriesQuery, { seriesQuery, detail: describeFailure(error) }] as const],
      );
      for (const fields of news.failing(failures)) log("error", "Cannot list the series of a rule", fields);
      const collisions = [...custom.collisions, ...external.collisions].map(describeCollision);
      for (const fields of news.collisions(collisions)) {
        log("warning", "Several series make one metric; the last of them is used", fields);
      }
      log("debug", "Series are listed", {
        queries: listings.length,
        series: listings.reduce((sum, { series = [] }) => sum + series.length, 0),
        customMetrics: custom.list.length,
        externalMetrics: external.list.length,
      });
    },

    duplicates: (metric, query) => {
      if (duplicates.has(metric) || duplicates.size >= maxDuplicates) return;
      duplicates.add(metric);
      log("warning", "A query has several samples for one object; the last of them is used", { metric, query });
    },
  };
}

type Fields = Readonly<Record<string, string | number>>;

/** Picks what was not there the last time, by its key. */
function createNews(): (facts: readonly (readonly [string, Fields])[]) => readonly Fields[] {
  let known: ReadonlySet<string> = new Set();
  return (facts) => {
    const news = facts.flatMap(([key, fields]) => (known.has(key) ? [] : [fields]));
    known = new Set(facts.map(([key]) => key));
    return news;
  };
}

function describeCollision({ metric, resource, winner, losers }: Collision): readonly [string, Fields] {
  const subject = resource === undefined ? metric : `${formatGroupResource(resource)}/${metric}`;
  const others = [...new Set(losers.map(({ series }) => series))];
  const fields = { metric: subject, series: winner.series, others: others.join(" ") };
  return [JSON.stringify(fields), fields];
}
