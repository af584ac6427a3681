import { type CatalogueReport, describeFeed, wasAsked } from "./catalogue-report.ts";
import { textTable } from "./text-table.ts";

/** Writes a line for each metric: what a person needs to choose one, and what feeds it where Prometheus was asked. */
export function catalogueTable(reports: readonly CatalogueReport[]): string {
  const asked = reports.some(({ sources }) => sources.some(wasAsked));
  const heads = ["NAME", "KIND", "DEVICE", "STABILITY", "LISTED", "HPA", ...(asked ? ["FED BY"] : []), "MEANING"];
  const lines = reports.map((report) => [
    report.name,
    report.kind,
    report.device ?? "-",
    stabilityOf(report),
    yesNo(report.listed),
    yesNo(report.unsuitable === undefined && report.sources.length > 0),
    ...(asked ? [feedsOf(report)] : []),
    firstSentence(report.help),
  ]);
  return textTable([heads, ...lines]);
}

function stabilityOf({ stability, deprecatedSince }: CatalogueReport): string {
  return deprecatedSince === undefined ? stability : `${stability}, deprecated since ${deprecatedSince}`;
}

/** The sources that say something now, and of how many virtual machines. */
function feedsOf({ sources }: CatalogueReport): string {
  const speaking = sources.filter(({ virtualMachines = 0, problem }) => problem !== undefined || virtualMachines > 0);
  return speaking.map((source) => `${source.series}: ${describeFeed(source)}`).join(", ") || "nothing";
}

function yesNo(is: boolean): string {
  return is ? "yes" : "no";
}

function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/u.exec(text)?.[0] ?? text;
}
