import { formatGroupResource } from "../../naming/group-resource.ts";
import { describeFailure } from "../prometheus-failure.ts";
import { type RemarkedFinding, warning } from "./finding.ts";
import type { FoundResources } from "./find-resources.ts";
import { formatMatcher } from "./format-selector.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";
import type { RuleCollision, RuleTrial, Sample, Trial, TriedMetric } from "./trial.ts";

/** What else is to be known of a trial. */
export interface TrialFacts {
  /** How old series may be, in milliseconds. */
  readonly maxAgeMs: number;
  readonly resourcesFrom: FoundResources["from"];
}

/** What is to be said of rules that were tried out. */
export function trialFindings({ rules, collisions }: Trial, facts: TrialFacts): readonly RemarkedFinding[] {
  return [
    ...rules.flatMap((trial) => [
      ...unlisted(trial, facts),
      ...leftOut(trial),
      ...unknownResources(trial, facts),
      ...(collisions.some(({ loser }) => loser === trial.rule) ? [] : withoutObjects(trial)),
      ...unanswered(trial),
    ]),
    ...collisions.map(collision),
  ];
}

/** So many names a message lists. */
const maxNames = 3;

function unlisted(
  { rule, series, error, tooNarrow, older }: RuleTrial,
  { maxAgeMs }: TrialFacts,
): readonly RemarkedFinding[] {
  const path = [...pathOf(rule), "seriesQuery"];
  if (error !== undefined) {
    return [warning(path, `Prometheus does not list its series: ${describeFailure(error)}`, "try it in Prometheus")];
  }
  if (series.length > 0) return [];
  const message = `It finds no series with a sample in the last ${describeSpan(maxAgeMs)}`;
  if (older) return [warning(path, message, "there are older ones; --metrics-max-age says how old they may be")];
  if (tooNarrow.length > 0)
    return [warning(path, message, `there are some without ${tooNarrow.join(", or without ")}`)];
  return [warning(path, message, nameHint(rule))];
}

function nameHint({ selector }: RuleUnderCheck): string {
  const named = selector.ok
    ? selector.value.matchers.find(({ label, op }) => label === "__name__" && !op.startsWith("!"))
    : undefined;
  const name = selector.ok ? (selector.value.series ?? (named && formatMatcher(named))) : undefined;
  return `check in Prometheus whether ${name ?? "there is something of the kind"} is scraped`;
}

function leftOut({ rule, series }: RuleTrial): readonly RemarkedFinding[] {
  if (series.length === 0 || series.some(({ metric }) => metric !== undefined)) return [];
  const by = rule.rule.name.matches === "" ? "seriesFilters" : "name";
  const message = `It leaves out all that seriesQuery finds: ${someOf(series.map(({ name }) => name))}`;
  return [
    warning([...pathOf(rule), by], message, "they match anywhere in a name unless they begin with ^ and end with $"),
  ];
}

function unknownResources({ rule, unknown }: RuleTrial, { resourcesFrom }: TrialFacts): readonly RemarkedFinding[] {
  const [who, hint] =
    resourcesFrom === "cluster"
      ? ["The cluster has no such resource", "the rule waits for it; check `kubectl api-resources`"]
      : ["The built-in list has no such resource", "with --lister-kubeconfig the cluster's own are known"];
  return unknown.map(({ path }) => warning([...pathOf(rule), ...path], who, hint));
}

/** A rule whose names are kept, and whose labels name nothing that there is; one that loses its metrics is another matter. */
function withoutObjects({ rule, series, metrics, unknown }: RuleTrial): readonly RemarkedFinding[] {
  const kept = series.filter(({ metric }) => metric !== undefined);
  if (rule.section === "externalRules" || kept.length === 0 || metrics.length > 0 || unknown.length > 0) return [];
  const labels = [...new Set(kept.flatMap((each) => each.labels))];
  const message = `None of its series' labels names a resource: ${someOf(labels, 12)}`;
  return [
    warning(
      [...pathOf(rule), "resources"],
      message,
      "write overrides: {LABEL: {resource: pod}} for the label of the objects",
    ),
  ];
}

/** Requests that would be errors, those of one rule and cause together. */
function unanswered({ rule, metrics }: RuleTrial): readonly RemarkedFinding[] {
  const told = metrics.flatMap((metric) => {
    const fault = metric.sample === undefined ? undefined : faultOf(metric, metric.sample);
    return fault === undefined ? [] : [{ ...fault, name: nameOf(metric) }];
  });
  return [...Map.groupBy(told, ({ about, cause }) => `${about} ${cause}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const message = `${someOf(same.map(({ name }) => name))}: ${first.message}`;
    return [warning([...pathOf(rule), first.about], message, first.hint)];
  });
}

interface Fault {
  readonly about: "metricsQuery" | "resources" | "seriesQuery";
  /** What faults that are told together have in common. */
  readonly cause: string;
  readonly message: string;
  readonly hint: string;
}

function faultOf({ series }: TriedMetric, sample: Sample): Fault | undefined {
  if ("missing" in sample) {
    const hint = "an object that stopped reporting is found for a while, and has no value";
    return { about: "seriesQuery", cause: "missing", message: sample.missing, hint };
  }
  const { query, detail, subject } = sample;
  if (query === undefined) {
    const about = detail?.includes("into label") === true ? "resources" : "metricsQuery";
    const hint = about === "resources" ? "add overrides: {namespace: {resource: namespace}}" : "correct the template";
    return { about, cause: detail ?? "", message: `no query can be made: ${detail ?? "unknown"}`, hint };
  }
  const hint = `Prometheus was asked ${query}`;
  if (detail !== undefined) {
    return { about: "metricsQuery", cause: "refused", message: `Prometheus gives no answer: ${detail}`, hint };
  }
  if (sample.values.length === 0 && sample.answered) {
    const message = `${subject} has no value: what Prometheus answers is infinite, or does not name it`;
    return { about: "metricsQuery", cause: "unusable", message, hint };
  }
  if (sample.values.length === 0) {
    const message = `${subject} has no value, although ${series} has samples of it now`;
    return { about: "metricsQuery", cause: "empty", message, hint };
  }
  if (!sample.repeated) return undefined;
  const message = `several samples stand for ${subject}, of which one counts`;
  return { about: "metricsQuery", cause: "repeated", message, hint: `write sum(…) by (<<.GroupBy>>); ${hint}` };
}

function nameOf({ resource, metric }: TriedMetric): string {
  return resource === undefined ? metric : `${formatGroupResource(resource)}/${metric}`;
}

function collision({ loser, winner, metrics }: RuleCollision): RemarkedFinding {
  const names = someOf(
    metrics.map(({ name, series, instead }) => (series === instead ? name : `${name} (of ${instead}, not ${series})`)),
  );
  const [by, hint] =
    loser === winner
      ? ["Several of its series make one metric, of which the last counts", "write a name.as that tells them apart"]
      : [`${winner.section}[${winner.index}] makes metrics of it as well, and counts`, otherName];
  return warning(pathOf(loser), `${by}: ${names}`, hint);
}

const otherName = "give one of the two another name.as, or leave the series out with seriesFilters";

function pathOf({ section, index }: RuleUnderCheck): readonly [string, number] {
  return [section, index];
}

function someOf(names: readonly string[], most = maxNames): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function describeSpan(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}
