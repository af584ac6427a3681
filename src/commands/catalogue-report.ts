import type { CatalogueEntry, CatalogueSource } from "../vm/catalogue-entry.ts";

/** What Prometheus says of a source now; nothing where it was not asked. */
export interface Feed {
  /** How many virtual machines have their figure from the source. */
  readonly virtualMachines?: number;
  /** Why that is not known. */
  readonly problem?: string;
}

/** One way to get a metric's figure, and what it says now. */
export type ReportedSource = CatalogueSource & Feed;

/** A metric of the catalogue, and what feeds it where Prometheus was asked. */
export interface CatalogueReport extends Omit<CatalogueEntry, "sources"> {
  readonly sources: readonly ReportedSource[];
}

/** Adds to an entry what Prometheus says of its sources, in their order. */
export function withFeeds(entry: CatalogueEntry, feeds: readonly Feed[]): CatalogueReport {
  return { ...entry, sources: entry.sources.map((source, index) => ({ ...source, ...feeds[index] })) };
}

/** `12`, or what is wrong; empty where Prometheus was not asked. */
export function describeFeed({ virtualMachines, problem }: Feed): string {
  return problem ?? (virtualMachines === undefined ? "" : String(virtualMachines));
}

/** Whether Prometheus was asked about a source. */
export function wasAsked({ virtualMachines, problem }: Feed): boolean {
  return virtualMachines !== undefined || problem !== undefined;
}
