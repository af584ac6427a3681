import { fail, ok, type Result } from "../result.ts";

/**
 * What is promised of an exported name (KEP-1209, and Kubernetes' metric-stability.md, with names in the place of
 * families): ALPHA nothing, BETA that nothing is taken away or means something else, STABLE that nothing changes at all.
 * There is no INTERNAL: what is exported stands in people's autoscalers.
 */
export type Stability = "ALPHA" | "BETA" | "STABLE";

/** The life of an exported name. Releases are written `0.1`, without a patch. */
export interface Lifecycle {
  readonly stability: Stability;
  /** The release in which the name first appeared. */
  readonly since: string;
  /** The release in which the name became BETA, kept when it becomes STABLE; absent while it is ALPHA. */
  readonly betaSince?: string;
  /** The release from which the name is deprecated; absent while nobody wants it gone. May lie ahead. */
  readonly deprecatedSince?: string;
  /** The name to use instead; absent when there is none. */
  readonly replacedBy?: string;
}

/** What users of a deprecated name are told beside its values. */
export interface Notice {
  /** The release from which the name is deprecated. */
  readonly since: string;
  /** The name to use instead; absent when there is none. */
  readonly replacedBy?: string;
}

/**
 * Where a name stands: `live`; `deprecated`, which still answers, with a notice; `hidden`, which answers only if the
 * administrator says so; `overdue`, the same for one whose definition should have been deleted with this release.
 */
export type Phase = "live" | "deprecated" | "hidden" | "overdue";

/** For how many releases a deprecated name still answers (KEP-1209). Kubernetes counts releases too, and not months. */
const deprecatedReleases: Readonly<Record<Stability, number>> = { ALPHA: 0, BETA: 1, STABLE: 3 };

/**
 * The phase of a name in `release`, counted in positions of the release line, oldest release first: a new major version
 * shortens no promise. Within one major version it is what Kubernetes' component-base computes.
 */
export function phaseOf(
  { stability, deprecatedSince }: Pick<Lifecycle, "stability" | "deprecatedSince">,
  release: string,
  releaseLine: readonly string[],
): Phase {
  const age = deprecatedSince === undefined ? -1 : releasesSince(deprecatedSince, release, releaseLine);
  if (age < 0) return "live";
  if (age < deprecatedReleases[stability]) return "deprecated";
  return age === deprecatedReleases[stability] ? "hidden" : "overdue";
}

/** The release that hides a name deprecated in `deprecatedSince`; undefined while that release is not on the line. */
export function hiddenSince(
  { stability, deprecatedSince }: Pick<Lifecycle, "stability" | "deprecatedSince">,
  releaseLine: readonly string[],
): string | undefined {
  const start = deprecatedSince === undefined ? -1 : positionOf(deprecatedSince, releaseLine);
  return start === -1 ? undefined : releaseLine[start + deprecatedReleases[stability]];
}

/**
 * How many releases have followed `since`, with `release` the last: 0 in that release itself, negative before it. A
 * number that was never released counts as the next one that was. Throws when `release` is not on the line.
 */
export function releasesSince(since: string, release: string, releaseLine: readonly string[]): number {
  const start = positionOf(since, releaseLine);
  return start === -1 ? -1 : indexOfRelease(release, releaseLine) - start;
}

/** The release before this one; undefined for the first. Throws when `release` is not on the line. */
export function previousRelease(release: string, releaseLine: readonly string[]): string | undefined {
  return releaseLine[indexOfRelease(release, releaseLine) - 1];
}

/** The release that a version belongs to: `0.3` for `0.3.1-rc.1`. Throws for text that is no version. */
export function releaseOf(version: string): string {
  const [, release] = /^((?:0|[1-9]\d*)\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))?(?:[-+].*)?$/u.exec(version) ?? [];
  if (release === undefined) throw new Error(`Cannot read version ${JSON.stringify(version)}: expected one like 0.3.1`);
  return release;
}

/**
 * Whether hidden names are shown, by the value of `--show-hidden-exports-for-version`: the previous release exactly, or
 * empty. A switch would stay on for ever; this value ends with the release that it was written for, so that somebody
 * looks before what is hidden is gone. Fails in the words of `--show-hidden-metrics-for-version` (component-base).
 */
export function checkShownRelease(
  flag: string,
  release: string,
  releaseLine: readonly string[],
): Result<boolean, string> {
  if (flag === "") return ok(false);
  const previous = previousRelease(release, releaseLine);
  if (previous === undefined) return fail(`must be omitted; release ${release} has no previous minor version`);
  if (flag === previous) return ok(true);
  return fail(`must be omitted or have the value '${previous}'; only the previous minor version is allowed`);
}

/** What stands before a help text, as in Kubernetes: `[ALPHA]`, `[STABLE] (Deprecated since 1.14)`. */
export function describeLifecycle({ stability, deprecatedSince }: Lifecycle, phase: Phase): string {
  return phase === "live" ? `[${stability}]` : `[${stability}] (Deprecated since ${deprecatedSince})`;
}

/** The first release of the line that is not older; -1 when each is. */
function positionOf(release: string, releaseLine: readonly string[]): number {
  return releaseLine.findIndex((each) => !isBefore(each, release));
}

function indexOfRelease(release: string, releaseLine: readonly string[]): number {
  const index = releaseLine.indexOf(release);
  if (index !== -1) return index;
  throw new Error(`Cannot place release ${JSON.stringify(release)}: it is not on the release line`);
}

function isBefore(a: string, b: string): boolean {
  const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [numbersOf(a), numbersOf(b)];
  return majorA === majorB ? minorA < minorB : majorA < majorB;
}

function numbersOf(release: string): readonly number[] {
  return releaseOf(release).split(".").map(Number);
}
