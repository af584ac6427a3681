import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Comparison, compareAnswers, type Difference, queriesOf } from "./compare.ts";
import { type Answer, type Contestant, type Program, startContestant } from "./contestant.ts";
import {
  customQuestions,
  discoveryPaths,
  errorQuestions,
  externalQuestions,
  listedExternalMetrics,
  listedMetrics,
  type Question,
} from "./questions.ts";
import type { PrometheusAnswer } from "./frozen-prometheus.ts";
import { maxAgeMs, type World } from "./world.ts";

/** A configuration file to compare with. */
export interface Configuration {
  readonly name: string;
  readonly text: string;
}

/** Answers of this adapter are remembered for a second. */
const rememberedMs = 1_100;

const failures: Readonly<Record<string, PrometheusAnswer | "reset">> = {
  "an error of its own": { code: 500, body: "broken" },
  "a proxy without Prometheus": { code: 502, body: "<html>Bad Gateway</html>" },
  "a time-out": { code: 503, body: '{"status":"error","errorType":"timeout","error":"query timed out"}' },
  "an error of the query": { code: 422, body: '{"status":"error","errorType":"execution","error":"many-to-many"}' },
  "nobody known": { code: 401, body: "Unauthorized" },
  "a page to log in": { code: 200, body: "<html>Log in</html>" },
  "an empty object": { code: 200, body: "{}" },
  "no data": { code: 200, body: '{"status":"success"}' },
  "data without a type": { code: 200, body: '{"status":"success","data":{}}' },
  "a broken connection": "reset",
};

/** Starts both programs with a configuration, asks both the same questions and compares what they do. */
export async function compareConfiguration(
  { name, text }: Configuration,
  world: World,
  { directory, signal, withFailures, choose = (questions) => questions }: CompareOptions,
): Promise<readonly Comparison[]> {
  await using running = new AsyncDisposableStack();
  async function start(program: Program): Promise<Contestant | Error> {
    const options = {
      ...world,
      program,
      directory: join(directory, name, program.name),
      config: text,
      maxAgeMs,
      signal,
    };
    return startContestant(options).then(
      (contestant) => running.use(contestant),
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
  }
  const [peer, ours] = await Promise.all([start(world.peer), start(world.ours)]);
  signal.throwIfAborted();
  if (peer instanceof Error || ours instanceof Error) return [startComparison(peer, ours)];
  await bothHaveListed(peer, ours);
  return await askBoth(peer, ours, world, { choose, withFailures });
}

/** prometheus-adapter is ready before it has listed any series; this adapter is not. A list takes a moment to be taken in. */
async function bothHaveListed(peer: Contestant, ours: Contestant): Promise<void> {
  const restMs = 150;
  for (let leftMs = 10_000; leftMs > 0; leftMs -= restMs) {
    await delay(restMs);
    const theirs = new Set(peer.recorder.asked().map(({ text }) => text));
    const isWaiting = peer.recorder.waiting() + ours.recorder.waiting() > 0;
    if (!isWaiting && ours.recorder.asked().every(({ text }) => theirs.has(text))) break;
  }
  await delay(restMs);
}

async function askBoth(
  peer: Contestant,
  ours: Contestant,
  world: World,
  { choose, withFailures }: { readonly choose: Choose; readonly withFailures: boolean },
): Promise<readonly Comparison[]> {
  const known = new Set<string>();
  async function ask(question: Question): Promise<Comparison> {
    const { path, method } = question;
    const [theirs, own] = await Promise.all([peer.ask(path, method), ours.ask(path, method)]);
    for (const query of queriesOf(own)) known.add(query);
    return compareAnswers(question, theirs, own, known);
  }
  const comparisons = [startComparison(undefined, undefined), listComparison(peer, ours)];
  for (const path of discoveryPaths) comparisons.push(await ask({ kind: "groups and discovery", path }));
  const questions = choose(questionsFor(comparisons, world));
  for (const question of questions) comparisons.push(await ask(question));

  if (!withFailures) return comparisons;
  await delay(rememberedMs);
  for (const [when, failure] of Object.entries(failures)) {
    for (const { recorder } of [peer, ours]) recorder.pretend(failure);
    for (const { path } of samples(questions)) comparisons.push(await ask({ kind: "Prometheus fails", path, when }));
  }
  return comparisons;
}

/** How to compare. */
export interface CompareOptions {
  /** Holds what the programs write, a folder for each configuration. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Whether to ask while Prometheus fails, too. */
  readonly withFailures: boolean;
  readonly choose?: Choose;
}

/** Leaves questions out, or none. */
type Choose = (questions: readonly Question[]) => readonly Question[];

/** What either of them lists, so that what only one has is asked of both. */
function questionsFor(comparisons: readonly Comparison[], { objects }: World): readonly Question[] {
  const metrics = bodiesAt("/apis/custom.metrics.k8s.io/v1beta2", comparisons).flatMap(listedMetrics);
  const external = bodiesAt("/apis/external.metrics.k8s.io/v1beta1", comparisons).flatMap(listedExternalMetrics);
  const unique = [...new Map(metrics.map((metric) => [JSON.stringify(metric), metric])).values()];
  return [...customQuestions(unique, objects), ...externalQuestions([...new Set(external)]), ...errorQuestions(unique)];
}

function bodiesAt(path: string, comparisons: readonly Comparison[]): readonly unknown[] {
  return comparisons
    .filter(({ question }) => question.path === path)
    .flatMap(({ peer, ours }) => [peer.body, ours.body]);
}

/** A few questions of each kind that Prometheus is needed for. */
function samples(questions: readonly Question[]): readonly Question[] {
  const kinds = ["object by name", "objects by selector", "external"] as const;
  return kinds.flatMap((kind) => questions.filter((question) => question.kind === kind).slice(0, 2));
}

function startComparison(peer: Contestant | Error | undefined, ours: Contestant | Error | undefined): Comparison {
  const [theirs, own] = [outcome(peer), outcome(ours)];
  const differences = theirs.code === own.code ? [] : [{ at: "start", peer: theirs.body, ours: own.body }];
  return { question: { kind: "start", path: "" }, peer: theirs, ours: own, differences, known: new Set() };
}

function outcome(started: Contestant | Error | undefined): Answer {
  const facts = { fromMs: 0, toMs: 0, asked: [] };
  if (!(started instanceof Error)) return { ...facts, code: 0, body: "started" };
  // prometheus-adapter's log ends so, and this adapter's command; everything else is a crash, or no start in time.
  const refused = /ended with code (?:255|2)\./u.test(started.message);
  if (!refused) throw started;
  return { ...facts, code: 1, body: started.message };
}

/** Both have to have listed the same series, as far back; prometheus-adapter lists once for each API. */
function listComparison(peer: Contestant, ours: Contestant): Comparison {
  const [theirs, own] = [listsOf(peer), listsOf(ours)];
  const isSame = JSON.stringify(theirs.body) === JSON.stringify(own.body);
  const differences: readonly Difference[] = isSame ? [] : [{ at: "lists", peer: theirs.body, ours: own.body }];
  return { question: { kind: "series lists", path: "" }, peer: theirs, ours: own, differences, known: new Set() };
}

function listsOf({ recorder }: Contestant): Answer {
  const asked = recorder.asked().filter(({ path }) => path === "/api/v1/series");
  const lists = asked.map(
    ({ text, startAgoMs = 0 }) => `${text} for ${Math.round((startAgoMs - maxAgeMs) / 60_000)} min`,
  );
  return { code: recorder.refusedLists(), body: [...new Set(lists)].toSorted(), fromMs: 0, toMs: 0, asked };
}
