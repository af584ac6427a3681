import type { Aggregation } from "../naming/aggregation.ts";
import type { Absence } from "../naming/metric-error.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Member } from "./member.ts";

/** The figure of several virtual machines. */
export interface AggregateFigure {
  readonly value: number;
  /** When the oldest sample behind the value was taken; absent when there was nothing to add up. */
  readonly timestampMs?: number;
}

/** What one member adds to a sum. */
export interface Share {
  readonly value: number;
  readonly timestampMs: number;
  /** Whether it stands for a silent member: the mean of the reporting ones, at the time of their oldest sample. */
  readonly estimated: boolean;
}

type Reporting = Extract<Member, { readonly is: "reporting" }>;

export interface AggregateOptions {
  /** The least part, from 0 to 1, of those who should report that must. */
  readonly minimumCoverage: number;
  /** The window of a rate, in milliseconds; undefined for a gauge. */
  readonly windowMs: number | undefined;
}

/**
 * Makes one figure of the members of an object, or says why there is none. The sum of no members at all is 0; members
 * without any figure have none. A mean, a highest and a lowest value are those of the members that report.
 */
export function aggregate(
  members: readonly Member[],
  aggregation: Aggregation,
  options: AggregateOptions,
): Result<AggregateFigure, Absence> {
  if (members.every(({ is }) => is === "gone")) {
    return aggregation === "Sum" ? ok({ value: 0 }) : fail({ why: "noMembers" });
  }
  const shares = sharesOf(members, options);
  if (!shares.ok) return shares;
  const present = shares.value.filter((share) => share !== undefined);
  const timestampMs = lowest(present.map((share) => share.timestampMs));
  return ok({ value: combine(members, present, aggregation), timestampMs });
}

/**
 * What each member adds to the sum, in the order given, or why there is no sum: coverage is not enough, or nothing has a
 * figure. A starting, undefined or gone member adds nothing and is undefined here. A silent one adds the mean of the
 * reporting ones.
 *
 * Shares of rates are of the window as a whole: a member whose guest has run for a part of it counts for that part. When
 * a new member takes load from the others, their rates still show what they did before; its own in full on top would
 * count that load twice, and let the pool grow beyond what it needs.
 */
export function sharesOf(
  members: readonly Member[],
  { minimumCoverage, windowMs = 0 }: AggregateOptions,
): Result<readonly (Share | undefined)[], Absence> {
  const reporting = members.filter(isReporting);
  const heard = reporting.length + count(members, "undefined");
  const [silent, starting] = [count(members, "silent"), count(members, "starting")];
  if (heard + silent + starting === 0) return ok(members.map(() => undefined));
  if (heard + silent === 0) return fail({ why: "allStarting", starting });
  if (heard === 0 || heard / (heard + silent) < minimumCoverage) {
    const counts = { reporting: heard, silent, starting, minimumCoverage };
    return fail({ why: "coverage", ...counts, ...(members.some(isUnseen) ? {} : { seen: true }) });
  }
  if (reporting.length === 0) return fail(absenceOfAll(members));

  const spanMs = Math.min(windowMs, highest(reporting.map(({ coveredMs }) => coveredMs)));
  const mean = total(reporting.map((member) => valueWithin(member, spanMs))) / reporting.length;
  const oldestMs = lowest(reporting.map(({ timestampMs }) => timestampMs));
  return ok(
    members.map((member) => {
      if (member.is === "silent") return { value: mean, timestampMs: oldestMs, estimated: true };
      if (member.is !== "reporting") return undefined;
      return { value: valueWithin(member, spanMs), timestampMs: member.timestampMs, estimated: false };
    }),
  );
}

function combine(members: readonly Member[], shares: readonly Share[], aggregation: Aggregation): number {
  const values = members.filter(isReporting).map(({ value }) => value);
  switch (aggregation) {
    case "Sum":
      return total(shares.map(({ value }) => value));
    case "Average":
      return total(values) / values.length;
    case "Maximum":
      return highest(values);
    case "Minimum":
      return lowest(values);
  }
}

/** Kubernetes notes times in whole seconds: members that began together may seem to have begun so far apart. */
const resolutionMs = 1_000;

/** A rate times the part of the span that its member covers. */
function valueWithin({ value, coveredMs }: Reporting, spanMs: number): number {
  const partMs = Math.max(0, coveredMs) + resolutionMs;
  return partMs >= spanMs ? value : value * (partMs / spanMs);
}

/** Why members have no value that are heard of all the same. */
function absenceOfAll(members: readonly Member[]): Absence {
  const [first] = members.flatMap((member) => (member.is === "undefined" ? [member.absence] : []));
  return first ?? { why: "undefined" };
}

/** Whether a member is silent because it does not report at all. */
function isUnseen(member: Member): boolean {
  return member.is === "silent" && member.absence.why !== "notReported" && member.absence.why !== "noDevice";
}

function isReporting(member: Member): member is Reporting {
  return member.is === "reporting";
}

function count(members: readonly Member[], is: Member["is"]): number {
  return members.filter((member) => member.is === is).length;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

function lowest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}
