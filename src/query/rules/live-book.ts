import type { ApiResourceGroup } from "../../naming/rules/rest-mapper.ts";
import type { Listing } from "./relist.ts";
import { bindRules, type CompiledRules, type RuleBook, type SeriesByQuery } from "./rule-book.ts";

/** A book that follows what the cluster and Prometheus have. */
export interface LiveBook {
  readonly current: () => RuleBook;
  /** Takes the resources that the cluster has. */
  readonly setResources: (groups: readonly ApiResourceGroup[]) => void;
  /** Takes the newest lists of series; a query without one finds nothing. */
  readonly setSeries: (listings: readonly Listing[]) => void;
}

/** Makes the book of rules as long as neither resources nor series are known: an empty one. */
export function createLiveBook(rules: CompiledRules): LiveBook {
  let series: SeriesByQuery = new Map();
  let write = bindRules(rules, []);
  let book = write(series);
  return {
    current: () => book,
    setResources: (groups) => {
      write = bindRules(rules, groups);
      book = write(series);
    },
    setSeries: (listings) => {
      series = new Map(listings.flatMap(({ seriesQuery, series: found }) => (found ? [[seriesQuery, found]] : [])));
      book = write(series);
    },
  };
}

/** Each `seriesQuery` once, in the order of the rules: what both sections look for is listed for both. */
export function seriesQueriesOf({ rules, externalRules }: CompiledRules): readonly string[] {
  return [...new Set([...rules, ...externalRules].map(({ rule }) => rule.seriesQuery))];
}
