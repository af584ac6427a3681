import { type MetricsApi, metricsApis } from "../../naming/metrics-api.ts";
import { fail, ok, type Result } from "../../result.ts";
import { inTurn } from "../in-turn.ts";
import { compareReplies, describeReply, type Deviation } from "./compare-replies.ts";
import { discoveredQuestions, type NamespacesOf } from "./discovered-questions.ts";
import { type ListedName, listMetrics } from "./listed-metrics.ts";
import { askSide, type Question, type Side } from "./side.ts";

/** What a comparison needs. */
export interface CompareSidesOptions {
  readonly here: Side;
  readonly there: Side;
  /** By how much values may differ, as a part of the greater one. */
  readonly tolerance: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Is told one line of progress every two seconds. */
  readonly report: (line: string) => void;
}

/** What two adapters say, as far as it was asked. */
export interface Comparison {
  /** Metrics that only one of them lists; none where discovery is not compared. */
  readonly onlyHere: readonly ListedName[];
  readonly onlyThere: readonly ListedName[];
  /** In the order of the questions. */
  readonly answers: readonly ComparedAnswer[];
}

/** One question and what came of it. */
export interface ComparedAnswer {
  readonly question: Question;
  readonly deviations: readonly Deviation[];
  /** How many values both have, and agree about. */
  readonly equal: number;
  /** Why one of them gave no answer at all; absent when both did. */
  readonly problem?: string;
  /** What both say when neither has a value; absent otherwise. */
  readonly error?: string;
}

const atOnce = 4;
const progressMs = 2_000;
/** Answers of this adapter are shared for a second; a scrape that came between the two questions is over by then. */
const againAfterMs = 1_500;

/** The APIs that both are asked by. */
export function comparedApis({ here, there }: Pick<CompareSidesOptions, "here" | "there">): readonly MetricsApi[] {
  return metricsApis.filter((api) => here.versions.has(api) && there.versions.has(api));
}

/** Compares what two adapters list, and what they answer for the metrics that both have. */
export async function compareDiscovered(
  options: CompareSidesOptions,
  namespacesOf: NamespacesOf,
): Promise<Result<Comparison, readonly string[]>> {
  const { here, there } = options;
  const apis = comparedApis(options);
  const lists = await Promise.all(
    [here, there].map(async (side) => Promise.all(apis.map(async (api) => listMetrics(side, api)))),
  );
  const problems = lists.flat().flatMap((list) => (list.ok ? [] : [list.error]));
  if (problems.length > 0) return fail([...new Set(problems)]);
  const [ours = [], theirs = []] = lists.map((each) => each.flatMap((list) => (list.ok ? list.value : [])));
  const [ourKeys, theirKeys] = [new Set(ours.map(keyOf)), new Set(theirs.map(keyOf))];
  const common = theirs.filter((metric) => ourKeys.has(keyOf(metric))).toSorted(byKey);
  return ok({
    onlyHere: ours.filter((metric) => !theirKeys.has(keyOf(metric))).toSorted(byKey),
    onlyThere: theirs.filter((metric) => !ourKeys.has(keyOf(metric))).toSorted(byKey),
    answers: await compareAnswers(await discoveredQuestions(common, namespacesOf), options),
  });
}

/** Asks both the same questions; those that they answer differently once more, because they evaluate at different times. */
export async function compareAnswers(
  questions: readonly Question[],
  options: CompareSidesOptions,
): Promise<readonly ComparedAnswer[]> {
  const first = await askAll(questions, options, "Compared");
  const doubtful = first.flatMap(({ question, deviations, problem }) =>
    deviations.length > 0 || problem !== undefined ? [question] : [],
  );
  if (doubtful.length === 0) return first;
  await options.sleep(againAfterMs);
  const again = await askAll(doubtful, options, "Asked again");
  const byQuestion = new Map(again.map((answer) => [answer.question, answer]));
  return first.map((answer) => byQuestion.get(answer.question) ?? answer);
}

async function askAll(
  questions: readonly Question[],
  options: CompareSidesOptions,
  done: string,
): Promise<readonly ComparedAnswer[]> {
  return inTurn(questions, async (question) => compareAnswer(question, options), {
    atOnce,
    progressMs,
    onProgress: (count) => options.report(`${done} ${count} of ${questions.length} answers`),
  });
}

async function compareAnswer(
  question: Question,
  { here, there, tolerance }: CompareSidesOptions,
): Promise<ComparedAnswer> {
  const [ours, theirs] = await Promise.all([askSide(here, question), askSide(there, question)]);
  if (!ours.ok) return { question, deviations: [], equal: 0, problem: `${here.name}: ${ours.error}` };
  if (!theirs.ok) return { question, deviations: [], equal: 0, problem: `${there.name}: ${theirs.error}` };
  const compared = compareReplies(ours.value, theirs.value, tolerance);
  const failed = compared.deviations.length === 0 && ours.value.code !== 200;
  return { question, ...compared, ...(failed ? { error: describeReply(theirs.value) } : {}) };
}

function keyOf({ api, name, namespaced }: ListedName): string {
  return `${api} ${name} ${namespaced}`;
}

function byKey(a: ListedName, b: ListedName): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
