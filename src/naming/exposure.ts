import { hiddenSince, type Lifecycle, type Notice, phaseOf, previousRelease } from "./stability.ts";

/** Why a hidden name is not there, and what helps. */
export interface Hidden {
  /** The release that hid it. */
  readonly since: string;
  /** The name to use instead; absent when there is none. */
  readonly replacedBy?: string;
  /** The value of `--show-hidden-exports-for-version` that shows it; absent in the first release. */
  readonly shownFor?: string;
}

/** Whether a name answers in a release, and what its users are told: nothing while it is live. */
export type Exposure =
  { readonly served: true; readonly notice?: Notice } | { readonly served: false; readonly hidden: Hidden };

/** What is done with hidden names, and in which release. */
export interface ExposureOptions {
  /** Whether the administrator wants hidden names to answer all the same. */
  readonly showHidden: boolean;
  readonly release: string;
  readonly releaseLine: readonly string[];
}

/** Tells whether a name answers. A hidden name that is shown has the notice of a deprecated one. */
export function exposureOf(lifecycle: Lifecycle, { showHidden, release, releaseLine }: ExposureOptions): Exposure {
  const { deprecatedSince, replacedBy } = lifecycle;
  const phase = phaseOf(lifecycle, release, releaseLine);
  if (phase === "live" || deprecatedSince === undefined) return { served: true };

  const replacement = replacedBy === undefined ? {} : { replacedBy };
  if (phase === "deprecated" || showHidden) return { served: true, notice: { since: deprecatedSince, ...replacement } };

  const shownFor = previousRelease(release, releaseLine);
  const hidden = { since: hiddenSince(lifecycle, releaseLine) ?? release, ...replacement };
  return { served: false, hidden: { ...hidden, ...(shownFor === undefined ? {} : { shownFor }) } };
}
