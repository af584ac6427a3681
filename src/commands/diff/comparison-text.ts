import type { Mark } from "../colors.ts";
import { textTable } from "../text-table.ts";
import type { ComparedAnswer, Comparison } from "./compare-sides.ts";
import type { ListedName } from "./listed-metrics.ts";
import type { Side } from "./side.ts";
import { summarize, type Summary } from "./summary.ts";

/** So many rows of a kind are shown; `--output=json` has all. */
const maxRows = 40;

/** What two adapters say, for a person: a sentence, then what differs. */
export function comparisonText(comparison: Comparison, here: Side, there: Side, mark: Mark): string {
  const summary = summarize(comparison);
  return [
    `here:  ${here.name}\nthere: ${there.name}\n\n`,
    `${mark(summary.differences > 0 ? "warning" : "heading", sentence(summary))}\n`,
    ...table(["METRIC", "ASKED OF", "HERE", "THERE", "NOTE"], rowsOf(comparison)),
    ...section("Errors on both sides", comparison.answers, ({ error }) => error),
    ...section(mark("error", "No answer"), comparison.answers, ({ problem }) => problem),
  ].join("");
}

function sentence({ questions, same, equalValues, errors, differences, unanswered }: Summary): string {
  return [
    counted(questions, "question"),
    `${same} answered alike${errors === 0 ? "" : ` (${errors} with errors)`}`,
    counted(equalValues, "equal value"),
    ...(unanswered === 0 ? [] : [`${unanswered} not answered`]),
    differences === 0 ? "no difference" : counted(differences, "difference"),
  ].join(", ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

type Row = readonly string[];

function rowsOf({ onlyHere, onlyThere, answers }: Comparison): readonly Row[] {
  return [
    ...capped(onlyThere.map((metric): Row => [metric.name, scopeOf(metric), "-", "listed", ""])),
    ...capped(onlyHere.map((metric): Row => [metric.name, scopeOf(metric), "listed", "-", ""])),
    ...capped(
      answers.flatMap(({ question, deviations }) =>
        deviations.map((each): Row => [
          question.metric,
          each.object === "" ? question.path : each.object,
          each.here,
          each.there,
          each.note ?? "",
        ]),
      ),
    ),
  ];
}

function scopeOf({ api, namespaced }: ListedName): string {
  if (api === "external.metrics.k8s.io") return "(external)";
  return namespaced ? "(objects in a namespace)" : "(objects of the cluster)";
}

function capped(rows: readonly Row[]): readonly Row[] {
  const more = rows.length - maxRows;
  return more > 0 ? [...rows.slice(0, maxRows), [`… and ${more} more; --output=json has all`]] : rows;
}

function table(heads: Row, rows: readonly Row[]): readonly string[] {
  return rows.length === 0 ? [] : ["\n", textTable([heads, ...rows], 200)];
}

function section(
  title: string,
  answers: readonly ComparedAnswer[],
  told: (answer: ComparedAnswer) => string | undefined,
): readonly string[] {
  const rows = answers.flatMap((answer) => {
    const what = told(answer);
    return what === undefined ? [] : [[answer.question.path, what]];
  });
  return rows.length === 0 ? [] : [`\n${title}:\n`, textTable([["QUESTION", "ANSWER"], ...capped(rows)], 200)];
}
