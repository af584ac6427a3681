import type { ExportedMetric } from "./exported-metrics.ts";
import { phaseOf, releasesSince, type Stability } from "./stability.ts";

/** Which promise is broken. */
export type CompatibilityRule =
  | "removed"
  | "overdue"
  | "unit-changed"
  | "kind-changed"
  | "additive-changed"
  | "ephemeral-changed"
  | "resource-removed"
  | "resource-added"
  | "aggregate-removed"
  | "aggregate-added"
  | "selector-label-removed"
  | "selector-label-added"
  | "class-lowered"
  | "class-skipped"
  | "beta-too-short"
  | "beta-since"
  | "deprecation-backdated"
  | "replacement-missing";

/** A change that the class of a name does not allow. */
export interface Incompatibility {
  readonly rule: CompatibilityRule;
  readonly api: ExportedMetric["api"];
  readonly name: string;
  /** What was found and what is expected, without a final period. */
  readonly message: string;
}

/** Which release the present record will be part of, and those before it. */
export interface Releases {
  readonly release: string;
  readonly releaseLine: readonly string[];
}

type Finding = Pick<Incompatibility, "rule" | "message">;

/**
 * Lists the changes between the record of the last release and the present one that break a promise, in the order of the
 * records. The class in the last release is the promise: ALPHA allows each change but going down or jumping a class, BETA
 * additions, STABLE none. A name goes when it is overdue, which is the release after it was hidden.
 *
 * A rename is a removal and an addition. What a review has to look at (a new BETA name, another help text) is not listed.
 */
export function compareExports(
  last: readonly ExportedMetric[],
  present: readonly ExportedMetric[],
  releases: Releases,
): readonly Incompatibility[] {
  const [lastByKey, presentByKey] = [byKey(last), byKey(present)];
  const removed = last.filter((metric) => !presentByKey.has(keyOf(metric)));
  return [
    ...removed.flatMap((metric) => of(metric, removal(metric, releases))),
    ...present.flatMap((metric) => of(metric, overdue(metric, releases))),
    ...present.flatMap((metric) => of(metric, replacement(metric, presentByKey, releases))),
    ...present.flatMap((metric) => of(metric, classChanges(lastByKey.get(keyOf(metric)), metric, releases))),
    ...present.flatMap((metric) => of(metric, contractChanges(lastByKey.get(keyOf(metric)), metric, releases))),
  ];
}

function removal(before: ExportedMetric, { release, releaseLine }: Releases): readonly Finding[] {
  if (before.stability === "ALPHA" || phaseOf(before, release, releaseLine) === "overdue") return [];
  const message = `a ${before.stability} name is removed in the release after it was hidden, not in ${release}`;
  return [{ rule: "removed", message }];
}

function overdue(now: ExportedMetric, { release, releaseLine }: Releases): readonly Finding[] {
  if (phaseOf(now, release, releaseLine) !== "overdue") return [];
  return [{ rule: "overdue", message: `deprecated since ${now.deprecatedSince} and hidden since: delete it` }];
}

/** Both names must answer as long as the old one does. */
function replacement(
  { api, replacedBy }: ExportedMetric,
  presentByKey: ReadonlyMap<string, ExportedMetric>,
  { release, releaseLine }: Releases,
): readonly Finding[] {
  if (replacedBy === undefined) return [];
  const other = presentByKey.get(keyOf({ api, name: replacedBy }));
  if (other !== undefined && phaseOf(other, release, releaseLine) === "live") return [];
  return [{ rule: "replacement-missing", message: `replaced by ${replacedBy}, which is not a live name of this API` }];
}

const classes: readonly Stability[] = ["ALPHA", "BETA", "STABLE"];
const releasesInBeta = 2;

function classChanges(
  before: ExportedMetric | undefined,
  now: ExportedMetric,
  { release, releaseLine }: Releases,
): readonly Finding[] {
  const steps = classes.indexOf(now.stability) - classes.indexOf(before?.stability ?? "ALPHA");
  if (steps < 0) {
    return [{ rule: "class-lowered", message: `was ${before?.stability}, is ${now.stability}; deprecate it instead` }];
  }
  if (steps > 1) return [{ rule: "class-skipped", message: `is ${now.stability} without having been BETA` }];
  if (steps === 1 && now.stability === "STABLE" && betaReleases(before, release, releaseLine) < releasesInBeta) {
    return [{ rule: "beta-too-short", message: `is STABLE after less than ${releasesInBeta} releases in BETA` }];
  }
  const became = before === undefined || before.stability === "ALPHA" ? release : before.betaSince;
  const expected = now.stability === "ALPHA" ? undefined : became;
  if (now.betaSince === expected) return [];
  return [
    { rule: "beta-since", message: `betaSince is ${now.betaSince ?? "absent"}, must be ${expected ?? "absent"}` },
  ];
}

/** Only the record of the last release counts: the present one could say anything. */
function betaReleases(before: ExportedMetric | undefined, release: string, releaseLine: readonly string[]): number {
  return before?.betaSince === undefined ? 0 : releasesSince(before.betaSince, release, releaseLine);
}

function contractChanges(
  before: ExportedMetric | undefined,
  now: ExportedMetric,
  releases: Releases,
): readonly Finding[] {
  if (before === undefined || before.stability === "ALPHA") return [];
  return [
    ...wordChange("unit-changed", before.unit, now.unit),
    ...wordChange("kind-changed", before.kind, now.kind),
    ...wordChange("additive-changed", before.additive, now.additive),
    ...wordChange("ephemeral-changed", before.ephemeral, now.ephemeral),
    ...removals("resource-removed", before.resources, now.resources),
    ...removals("aggregate-removed", before.aggregates, now.aggregates),
    ...removals("selector-label-removed", before.selectorLabels, now.selectorLabels),
    ...(before.stability === "STABLE" ? additionsTo(before, now) : []),
    ...backdating(before, now, releases),
  ];
}

function wordChange(rule: CompatibilityRule, before: string | boolean, now: string | boolean): readonly Finding[] {
  return before === now ? [] : [{ rule, message: `was ${before}, is ${now}` }];
}

function removals(rule: CompatibilityRule, before: readonly string[], now: readonly string[]): readonly Finding[] {
  return before.filter((word) => !now.includes(word)).map((word) => ({ rule, message: `${word} is missing` }));
}

function additionsTo(before: ExportedMetric, now: ExportedMetric): readonly Finding[] {
  return [
    ...additions("resource-added", before.resources, now.resources),
    ...additions("aggregate-added", before.aggregates, now.aggregates),
    ...additions("selector-label-added", before.selectorLabels, now.selectorLabels),
  ];
}

function additions(rule: CompatibilityRule, before: readonly string[], now: readonly string[]): readonly Finding[] {
  return now.filter((word) => !before.includes(word)).map((word) => ({ rule, message: `${word} is new` }));
}

/** A deprecation starts in the present release or later, and does not move back: its time would be cut short. */
function backdating(
  before: ExportedMetric,
  now: ExportedMetric,
  { release, releaseLine }: Releases,
): readonly Finding[] {
  const { deprecatedSince } = now;
  if (deprecatedSince === undefined || deprecatedSince === before.deprecatedSince) return [];
  if (releasesSince(deprecatedSince, release, releaseLine) <= 0) return [];
  const message = `deprecated since ${deprecatedSince}, which the last release did not say; ${release} is the earliest`;
  return [{ rule: "deprecation-backdated", message }];
}

function of({ api, name }: ExportedMetric, findings: readonly Finding[]): readonly Incompatibility[] {
  return findings.map(({ rule, message }) => ({ rule, api, name, message }));
}

function byKey(metrics: readonly ExportedMetric[]): ReadonlyMap<string, ExportedMetric> {
  return new Map(metrics.map((metric) => [keyOf(metric), metric]));
}

function keyOf({ api, name }: Pick<ExportedMetric, "api" | "name">): string {
  return `${api} ${name}`;
}
