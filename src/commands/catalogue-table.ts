import { type CatalogueReport, wasAsked } from "./catalogue-report.ts";
import { cut, textTable } from "./text-table.ts";

/** What a terminal on half a screen shows in a line. */
const width = 150;
/** So much of it is for what feeds a metric; the other outputs have all of it. */
const feedsWidth = 50;

/** Writes a line for each metric: what a person needs to choose one or, where Prometheus was asked, what feeds it. */
export function catalogueTable(reports: readonly CatalogueReport[]): string {
  const asked = reports.some(({ sources }) => sources.some(wasAsked));
  const columns = [...nameAndUse, ...(asked ? feeds : traits), meaning];
  const lines = reports.map((report) => columns.map(({ cell }) => cell(report)));
  return textTable([columns.map(({ head }) => head), ...lines], width);
}

interface Column {
  readonly head: string;
  readonly cell: (report: CatalogueReport) => string;
}

const nameAndUse: readonly Column[] = [
  { head: "NAME", cell: ({ name }) => name },
  { head: "LISTED", cell: listedOf },
  { head: "HPA", cell: ({ unsuitable, sources }) => yesNo(unsuitable === undefined && sources.length > 0) },
];
const feeds: readonly Column[] = [{ head: "FED BY", cell: feedsOf }];
const traits: readonly Column[] = [
  { head: "KIND", cell: ({ kind }) => kind },
  { head: "DEVICE", cell: ({ device }) => device ?? "-" },
  { head: "STABILITY", cell: stabilityOf },
];
const meaning: Column = { head: "MEANING", cell: ({ help }) => firstSentence(help) };

/** Whether discovery has it; if not, why not in a few words. */
function listedOf({ listed, unfed, sources }: CatalogueReport): string {
  if (listed) return "yes";
  if (unfed === undefined) return "no: hidden";
  return sources.length === 0
    ? "no: nobody has it"
    : `no: ${sources.map(({ exporter }) => exporter).join(" or ")} only`;
}

function stabilityOf({ stability, deprecatedSince }: CatalogueReport): string {
  return deprecatedSince === undefined ? stability : `${stability}, deprecated since ${deprecatedSince}`;
}

/** Of how many virtual machines sources say something now, and which: `12 from kubevirt_vmi_vcpu_seconds_total`. */
function feedsOf({ sources }: CatalogueReport): string {
  const speaking = sources.filter(({ virtualMachines = 0, problem }) => problem !== undefined || virtualMachines > 0);
  const texts = speaking.map(({ series, virtualMachines = "no answer" }) => `${virtualMachines} from ${bare(series)}`);
  return cut(texts.join(", "), feedsWidth) || "nothing";
}

/** Without what selects among the samples. */
function bare(series: string): string {
  return series.replace(/\{[^}]*\}/gu, "");
}

function yesNo(is: boolean): string {
  return is ? "yes" : "no";
}

function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/u.exec(text)?.[0] ?? text;
}
