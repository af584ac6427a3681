import type { Comparison, Difference } from "./compare.ts";
import type { Configuration } from "./compare-configuration.ts";
import { contextOf, type Deviation, deviationFor, deviations } from "./deviations.ts";
import { type QuestionKind, questionKinds } from "./questions.ts";

/** A configuration and what its comparisons say. */
export interface Judgement {
  /** Of the configuration. */
  readonly name: string;
  readonly verdicts: readonly Verdict[];
}

/** What is to be thought of one comparison. */
export interface Verdict {
  readonly comparison: Comparison;
  /** Why the answers differ, each once; none where they agree. */
  readonly deviations: readonly Deviation[];
  /** Differences without a reason: mistakes. */
  readonly unexplained: readonly Difference[];
}

/** Finds the reason of each difference. */
export function judge({ name, text }: Configuration, comparisons: readonly Comparison[]): Judgement {
  const context = contextOf(text, comparisons);
  return {
    name,
    verdicts: comparisons.map((comparison) => {
      const reasons = comparison.differences.map((difference) => ({
        difference,
        deviation: deviationFor(difference, comparison, context),
      }));
      return {
        comparison,
        deviations: [...new Set(reasons.flatMap(({ deviation }) => (deviation === undefined ? [] : [deviation])))],
        unexplained: reasons.filter(({ deviation }) => deviation === undefined).map(({ difference }) => difference),
      };
    }),
  };
}

/** How many answers agree, deviate on purpose, and differ without a reason. */
export interface Counts {
  readonly asked: number;
  readonly agree: number;
  readonly deviate: number;
  readonly unexplained: number;
}

/** Counts verdicts. */
export function count(verdicts: readonly Verdict[]): Counts {
  const unexplained = verdicts.filter((verdict) => verdict.unexplained.length > 0).length;
  const agree = verdicts.filter(({ comparison }) => comparison.differences.length === 0).length;
  return { asked: verdicts.length, agree, deviate: verdicts.length - agree - unexplained, unexplained };
}

/** A difference without a reason, for a person who has to find it. */
export function describeUnexplained({ name, verdicts }: Judgement): readonly string[] {
  return verdicts.flatMap(({ comparison: { question }, unexplained }) => {
    const { kind, method = "GET", path, when } = question;
    const title = [name, kind, method, path, when].filter(Boolean).join(" | ");
    const lines = unexplained.map(
      ({ at, peer, ours }) => `  ${at}: ${shorten(peer)}\n  ${" ".repeat(at.length)}  ${shorten(ours)}`,
    );
    return unexplained.length === 0 ? [] : [[title, ...lines].join("\n")];
  });
}

function shorten(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 400);
}

/** The tables of results, in Markdown: by kind of question, with a row for each configuration if wanted, and by reason. */
export function resultTables(judgements: readonly Judgement[], withEach: boolean): string {
  const kinds = questionKinds.filter((kind) => judgements.some((one) => ofKind(one, kind).length > 0));
  const each = withEach ? judgements : [];
  const rows = each.map((one) => [one.name, ...kinds.map((kind) => cell(ofKind(one, kind)))]);
  const all = judgements.flatMap(({ verdicts }) => verdicts);
  const sums = kinds.map((kind) => cell(judgements.flatMap((one) => ofKind(one, kind))));
  const reasons = deviations.map((deviation) => {
    const met = all.filter((verdict) => verdict.deviations.includes(deviation)).length;
    return [String(deviation.row), deviation.theirs, deviation.ours, String(met)];
  });
  return [
    table(["Configuration", ...kinds], [...rows, ["**all**", ...sums]]),
    "",
    table(["Row", "prometheus-adapter", "this adapter", "Answers"], reasons),
  ].join("\n");
}

function ofKind({ verdicts }: Judgement, kind: QuestionKind): readonly Verdict[] {
  return verdicts.filter(({ comparison }) => comparison.question.kind === kind);
}

/** `12`, `12, 3 deviate`. */
function cell(verdicts: readonly Verdict[]): string {
  const { asked, deviate, unexplained } = count(verdicts);
  if (asked === 0) return "";
  const parts = [
    String(asked),
    ...(deviate === 0 ? [] : [`${deviate} deviate`]),
    ...(unexplained === 0 ? [] : [`**${unexplained} unexplained**`]),
  ];
  return parts.join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), tableRow(head.map(() => "---")), ...rows.map(tableRow)].join("\n");
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}
