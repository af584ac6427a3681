import {
  duration,
  equals,
  type Identifier,
  known,
  labelReplace,
  type Matcher,
  type PromQL,
  promql,
  selector,
} from "../../promql/expression.ts";
import { newestSamples } from "../../promql/newest.ts";
import { coveredRate } from "../../promql/rate.ts";
import type { Expression, Scope } from "./vm-metric.ts";

/** What is read of a series. */
export interface Reading {
  readonly series: string;
  /** The label that names a virtual machine's device; absent for a series without devices. */
  readonly device?: string;
  /** Conditions that make the series what is meant. */
  readonly where?: readonly Matcher[];
}

/** A series as people write it, with what it is selected by. */
export function nameOf({ series, where = [] }: Reading): string {
  return where.length === 0 ? series : selector(known(series), where);
}

/** The newest samples of a series, with all their labels. */
export type Newest = (reading: Reading, scope: Scope) => PromQL;

/**
 * Those of a series that each node or target writes for itself. They are scraped at different times of an interval, and
 * while a virtual machine migrates two nodes may report it.
 */
export const ofNodes: Newest = (reading, scope) => newest(reading, scope, scope.rate.intervalMs);

/** Those of a series that one place knows at a time: only what was written last counts. */
export const ofLeader: Newest = (reading, scope) => newest(reading, scope, 0);

/** Says which slopes of a counter count, and in which unit they are. */
export type Slopes = (slopes: PromQL, scope: Scope) => PromQL;

/** The rate of a counter, added up over a virtual machine's devices. */
export function rateOf(reading: Reading, slopes?: Slopes): Expression {
  return (scope) => {
    const { subject, place, labels, rate } = scope;
    const parts = reading.device === undefined ? [] : [known(reading.device)];
    const meaning = { subject, place, parts, job: labels.job, replica: labels.replica };
    return coveredRate(known(reading.series), matchersOf(reading, scope), meaning, {
      ...rate,
      ...(slopes === undefined ? {} : { slopes: (each) => slopes(each, scope) }),
    });
  };
}

/** A gauge; of several newest samples the highest. With devices, the sum of theirs. */
export function gaugeOf(reading: Reading, newestOf: Newest): Expression {
  return (scope) => total(reading, newestOf(reading, scope), scope);
}

/** The highest of a virtual machine's devices. */
export function highestOf(reading: Reading, newestOf: Newest): Expression {
  return (scope) => highest(newestOf(reading, scope), scope.subject);
}

/**
 * What a virtual machine's targets count together: each writes what it has seen itself, apart for each value of the
 * labels that `parts` names.
 */
export function sumOverTargets(reading: Reading, parts: readonly string[] = []): Expression {
  return (scope) => {
    const perTarget = [...scope.subject, scope.labels.instance, ...deviceOf(reading), ...parts.map(known)];
    // One that misses a scrape is part of the sum all the same; what has ended reads two intervals older than it is.
    const ofTargets = newest(reading, scope, 4 * scope.rate.intervalMs);
    return promql`sum by (${scope.subject}) (${highest(ofTargets, perTarget)})`;
  };
}

/** One series of an exporter's less another that it took at the same time, under the same labels. */
export function differenceOf(minuend: Reading, subtrahend: Reading): Expression {
  return (scope) => total(minuend, promql`${ofNodes(minuend, scope)} - ${lastOf(subtrahend, scope)}`, scope);
}

/** One series of an exporter's divided by another that it took at the same time, of the device where that is most. */
export function highestQuotientOf(dividend: Reading, divisor: Reading): Expression {
  return (scope) => highest(promql`${ofNodes(dividend, scope)} / ${lastOf(divisor, scope)}`, scope.subject);
}

/** How many different values a label has among the newest samples of a series. */
export function distinct(reading: Reading, label: string, newestOf: Newest): Expression {
  return (scope) => {
    const each = [...scope.subject, known(label)];
    return promql`count by (${scope.subject}) (count by (${each}) (${newestOf(reading, scope)}))`;
  };
}

/**
 * The number that stands for a label's value, on a series that says things by its labels. A value that has no number gives
 * no figure. Of two leaders that are scraped at the same moment the higher number counts, so that all replicas of the
 * adapter say the same.
 */
export function codeOf(
  reading: Reading,
  label: string,
  codes: Readonly<Record<string, number>>,
  newestOf: Newest,
): Expression {
  return (scope) => {
    const coded = Object.entries(codes)
      .map(([value, code]) => promql`0 * ${lastOf(reading, scope, equals(known(label), value))} + ${code}`)
      .reduce((all, next) => promql`${all} or ${next}`);
    return highest(promql`(${coded}) and ${newestOf(reading, scope)}`, scope.subject);
  };
}

/** The first figure where a virtual machine has it, or else the second. */
export function firstOf(first: Expression, second: Expression): Expression {
  return (scope) => promql`(${first(scope)}) or on (${scope.subject}) (${second(scope)})`;
}

/** One figure divided by another, for each virtual machine. */
export function quotient(dividend: Expression, divisor: Expression): Expression {
  return (scope) => promql`(${dividend(scope)}) / on (${scope.subject}) (${divisor(scope)})`;
}

/**
 * One rate divided by another of things that may not happen at all: then it is infinite, even if both are 0, because not
 * every backend keeps samples that are no number (MetricsQL drops them).
 */
export function perEvent(amount: Expression, events: Expression): Expression {
  return (scope) => {
    const on = promql`on (${scope.subject})`;
    return promql`((${amount(scope)}) + ${on} ((${events(scope)}) == bool 0)) / ${on} (${events(scope)})`;
  };
}

/** One figure less another, for each virtual machine. */
export function less(minuend: Expression, subtrahend: Expression): Expression {
  return (scope) => promql`(${minuend(scope)}) - on (${scope.subject}) (${subtrahend(scope)})`;
}

/** The first figure of those virtual machines that have the second one, too. */
export function given(figure: Expression, condition: Expression): Expression {
  return (scope) => promql`(${figure(scope)}) and on (${scope.subject}) (${condition(scope)})`;
}

/** A figure in another unit. */
export function scaled(figure: Expression, factor: number): Expression {
  return (scope) => promql`(${figure(scope)}) * ${factor}`;
}

/** 0 where there is a figure. */
export function zero(figure: Expression): Expression {
  return (scope) => promql`0 * (${figure(scope)})`;
}

/** 1 where a figure is 0, and 0 where it is 1. */
export function negated(figure: Expression): Expression {
  return (scope) => promql`1 - (${figure(scope)})`;
}

/** A figure, and 0 where it would be less. */
export function atLeastZero(figure: Expression): Expression {
  return (scope) => promql`clamp_min(${figure(scope)}, 0)`;
}

/** The seconds since a figure that is a time. */
export function since(time: Expression): Expression {
  return (scope) => promql`time() - (${time(scope)})`;
}

/** The figures of a series that calls a virtual machine's name `vmi`. */
export function ofVmi(figure: Expression): Expression {
  return (scope) => {
    const { namespace, name, vmi } = scope.labels;
    const figures = figure({ ...scope, subject: [namespace, vmi] });
    return highest(labelReplace(figures, name, "$1", vmi, "(.+)"), scope.subject);
  };
}

/** The last sample of each series, unless it is too old. */
export function lastOf(reading: Reading, scope: Scope, ...further: readonly Matcher[]): PromQL {
  const samples = selector(known(reading.series), [...matchersOf(reading, scope), ...further]);
  return promql`last_over_time(${samples}[${duration(scope.maxAgeMs)}])`;
}

/** The highest of some samples for each of what `labels` tell apart. */
export function highest(samples: PromQL, labels: readonly Identifier[]): PromQL {
  return promql`max by (${labels}) (${samples})`;
}

/** The conditions that select what is asked for of a series. */
export function matchersOf({ device, where = [] }: Reading, { matchers, devices }: Scope): readonly Matcher[] {
  const chosen = device === undefined ? [] : devices.map((condition) => ({ label: known(device), ...condition }));
  return [...matchers, ...where, ...chosen];
}

function newest(reading: Reading, scope: Scope, overlapMs: number): PromQL {
  const { subject, maxAgeMs } = scope;
  const { intervalMs } = scope.rate;
  const options = { subject, intervalMs, maxAgeMs, overlapMs };
  return newestSamples(known(reading.series), matchersOf(reading, scope), options);
}

/** Of each device the highest sample, and of these the sum. */
function total(reading: Reading, samples: PromQL, { subject }: Scope): PromQL {
  const device = deviceOf(reading);
  const perDevice = highest(samples, [...subject, ...device]);
  return device.length === 0 ? perDevice : promql`sum by (${subject}) (${perDevice})`;
}

function deviceOf({ device }: Reading): readonly Identifier[] {
  return device === undefined ? [] : [known(device)];
}
