import type { GroupResource } from "../../naming/group-resource.ts";
import type { MetricError } from "../../naming/metric-error.ts";
import type { RuleProblem } from "../../naming/rules/rule.ts";
import type { RuleUnderCheck } from "./rule-under-check.ts";

/** What became of a configuration's rules beside a Prometheus. */
export interface Trial {
  /** In the order of the file; those that do not compile are left out. */
  readonly rules: readonly RuleTrial[];
  /** Rules whose metrics another one makes as well, which counts: one entry for each pair. */
  readonly collisions: readonly RuleCollision[];
}

/** What Prometheus has for one rule. */
export interface RuleTrial {
  readonly rule: RuleUnderCheck;
  /** The names of the series that `seriesQuery` finds, sorted; empty when Prometheus does not list them. */
  readonly series: readonly FoundSeries[];
  /** Why Prometheus does not list them; absent when it does. */
  readonly error?: MetricError;
  /** Where nothing is found: conditions of `seriesQuery` without any one of which there are series, as PromQL writes them. */
  readonly tooNarrow: readonly string[];
  /** Where nothing is found although the series have a sample that Prometheus still shows, older than was asked for. */
  readonly older?: true;
  /** Labels whose resource is not known. */
  readonly unknown: readonly RuleProblem[];
  /** The metrics that the rule makes, sorted; those that a later rule makes in its place are not among them. */
  readonly metrics: readonly TriedMetric[];
}

/** The series of one name. */
export interface FoundSeries {
  readonly name: string;
  /** How many have a sample now; absent when Prometheus does not say. */
  readonly count?: number;
  /** The metric's name; absent where the rule's filters leave the series out. */
  readonly metric?: string;
  /** The labels that its series have, in the order of Prometheus. */
  readonly labels: readonly string[];
}

/** A metric of the API, and where it comes from. */
export interface RuleMetricName {
  /** Whose metric it is; absent for an external one. */
  readonly resource?: GroupResource;
  readonly metric: string;
  /** The name of the series. */
  readonly series: string;
}

/** A metric, and what one request for it was answered. */
export interface TriedMetric extends RuleMetricName {
  /** Absent where the metric was not asked for. */
  readonly sample?: Sample;
}

/** One request and its answer. */
export type Sample =
  /** `body` is what a client gets; the status is 200 where there are values. */
  | {
      readonly subject: string;
      /** Below the server's address. */
      readonly path: string;
      /** What Prometheus was asked; absent when no query could be made. */
      readonly query?: string;
      readonly code: number;
      readonly body: object;
      /** As quantities, one for an object, one for each series of an external metric. */
      readonly values: readonly string[];
      /** What the adapter's log would say of it; absent when it would say nothing. */
      readonly detail?: string;
      /** Whether Prometheus answered with samples, be they of use or not. */
      readonly answered: boolean;
      /** Whether several samples stand for the object, of which the last one counts. */
      readonly repeated: boolean;
    }
  /** No object was found whose metric could be asked for. */
  | { readonly missing: string };

/** A metric that two rules make. */
export interface RuleCollision {
  /** Whose metrics do not count. */
  readonly loser: RuleUnderCheck;
  readonly winner: RuleUnderCheck;
  /** The metrics that both make, as the API lists them, of which the winner's series count. */
  readonly metrics: readonly { readonly name: string; readonly series: string; readonly instead: string }[];
}
