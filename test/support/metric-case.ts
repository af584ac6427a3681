import { type LabelSelector, parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import type { Result } from "../../src/result.ts";
import { isRate, type VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { ignore } from "./ignore.ts";

/** One request for a metric, and what is true of each object that it is about. */
export interface MetricCase {
  /** What is asked, for people. */
  readonly question: string;
  readonly ask: (provider: MetricsProvider) => Promise<Result<Figures, MetricError>>;
  /** By object; undefined for one that must not have a figure. */
  readonly expected: Expected;
  readonly isRate: boolean;
}

/** By an object's name. */
export type Figures = ReadonlyMap<string, number>;
export type Expected = ReadonlyMap<string, number | undefined>;

/** What came of some cases. */
export interface Outcome {
  /** How many objects had a figure, a true one. */
  readonly figures: number;
  /** How many objects were to have no figure, and had none. */
  readonly absences: number;
  /** What was asked, of what, what is true and what was said, for each object of which the two differ. */
  readonly wrong: readonly string[];
}

/** By how much a figure may differ from what is true, as a part of it. */
export interface Tolerances {
  readonly rates: number;
  /** Of all else, which is copied, or a sum, a difference or a quotient of what is. */
  readonly others: number;
}

/** Where counters grow at one pace their rate is the same over every window. */
const evenPace: Tolerances = { rates: 1e-6, others: 1e-12 };

/** Asks all, some at a time, and compares. */
export async function askAll(
  provider: MetricsProvider,
  cases: readonly MetricCase[],
  tolerances: Tolerances = evenPace,
): Promise<Outcome> {
  const waiting = [...cases];
  const outcomes: Outcome[] = [];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes.push(compare(next, await next.ask(provider), tolerances[next.isRate ? "rates" : "others"]));
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
  return {
    figures: outcomes.reduce((sum, { figures }) => sum + figures, 0),
    absences: outcomes.reduce((sum, { absences }) => sum + absences, 0),
    wrong: outcomes.flatMap(({ wrong }) => wrong).toSorted(),
  };
}

/** A request about objects; the selector of the metric as a text. */
export interface ObjectQuestion extends Omit<MetricRequest, "metricSelector"> {
  readonly selector?: string;
}

/** A case about objects. */
export function objectCase(question: ObjectQuestion, metric: VmMetric, expected: Expected): MetricCase {
  const { resource, namespace = "the cluster", target, selector = "" } = question;
  const of = target.by === "name" ? `${resource.resource}/${target.name}` : resource.resource;
  return {
    question: `${question.metric} of ${of} in ${namespace}${where(selector)}`,
    expected,
    isRate: isRate(metric),
    ask: async (provider) => {
      const answer = await provider.read({ ...question, metricSelector: parsed(selector) }, ignore);
      if (!answer.ok) return answer;
      return { ok: true, value: new Map(answer.value.map(({ object, value }) => [object.name, value])) };
    },
  };
}

/** A case about an external metric, whose values are told apart by their virtual machines. */
export function externalCase(
  {
    metric: name,
    namespace,
    selector = "",
  }: Pick<ObjectQuestion, "metric" | "selector"> & { readonly namespace: string },
  metric: VmMetric,
  expected: Expected,
): MetricCase {
  return {
    question: `${name} as an external metric in ${namespace}${where(selector)}`,
    expected,
    isRate: isRate(metric),
    ask: async (provider) => {
      const answer = await provider.readExternal({ metric: name, namespace, selector: parsed(selector) }, ignore);
      if (!answer.ok) return answer;
      return { ok: true, value: new Map(answer.value.map(({ labels, value }) => [labels?.["vm"] ?? "", value])) };
    },
  };
}

function where(selector: string): string {
  return selector === "" ? "" : ` where ${selector}`;
}

function parsed(selector: string): LabelSelector {
  const result = parseLabelSelector(selector);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function compare({ question, expected }: MetricCase, answer: Result<Figures, MetricError>, tolerance: number): Outcome {
  if (!answer.ok && !absent.has(answer.error.kind)) return failed(question, answer.error);
  const figures: Figures = answer.ok ? answer.value : new Map();
  const objects = [...new Set([...expected.keys(), ...figures.keys()])];
  const right = objects.filter((name) => agree(expected.get(name), figures.get(name), tolerance));
  const wrong = objects.filter((name) => !right.includes(name));
  const why = answer.ok ? "" : ` (${JSON.stringify(answer.error)})`;
  return {
    figures: right.filter((name) => figures.has(name)).length,
    absences: right.filter((name) => !figures.has(name)).length,
    wrong: wrong.map(
      (name) => `${question}: of ${name}, ${expected.get(name)} is true, and ${figures.get(name)} was said${why}`,
    ),
  };
}

/** Answers that say of an object which is there that it has no figure now, all of them 404. */
const absent: ReadonlySet<MetricError["kind"]> = new Set(["noValue", "noValues", "noExternalValues", "unfedMetric"]);

/** What is wrong with the question, the inventory or the backend is no absence. */
function failed(question: string, error: MetricError): Outcome {
  return { figures: 0, absences: 0, wrong: [`${question}: ${JSON.stringify(error)}`] };
}

function agree(expected: number | undefined, said: number | undefined, tolerance: number): boolean {
  if (expected === undefined || said === undefined) return expected === said;
  return Math.abs(said - expected) <= tolerance * Math.abs(expected);
}
