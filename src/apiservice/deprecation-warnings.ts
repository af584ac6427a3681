import { createHash } from "node:crypto";
import { createBoundedCache } from "../bounded-cache.ts";
import type { Notice } from "../naming/stability.ts";

/** Value of a `Warning` header for a user of a deprecated metric; undefined when this user has it already. */
export type WarnOfDeprecation = (user: string, metric: string, notice: Notice) => string | undefined;

export interface DeprecationWarningsOptions {
  /** Monotonic clock, in milliseconds, never zero. */
  readonly now: () => number;
  /** Most pairs of user and metric remembered at once; those forgotten are warned again. */
  readonly maxEntries: number;
}

const hourMs = 3_600_000;

/**
 * Warns each user of a deprecated metric once an hour. client-go logs every warning that it gets, and the
 * HorizontalPodAutoscaler asks four times a minute.
 */
export function createDeprecationWarnings({ now, maxEntries }: DeprecationWarningsOptions): WarnOfDeprecation {
  const warned = createBoundedCache<string, true>({ maxEntries, ttlMs: hourMs, now });
  return (user, metric, notice) => {
    const key = keyOf(user, metric);
    if (warned.get(key) === true) return undefined;
    warned.set(key, true);
    return warningHeader(describeDeprecation(metric, notice));
  };
}

/** Of one length, however long a name is that a client has made up. */
function keyOf(user: string, metric: string): string {
  return createHash("sha256")
    .update(JSON.stringify([user, metric]))
    .digest("base64");
}

function describeDeprecation(metric: string, { since, replacedBy }: Notice): string {
  const advice = replacedBy === undefined ? "there is no replacement" : `use ${replacedBy}`;
  return `metric ${metric} is deprecated since release ${since}; ${advice}`;
}

/**
 * `299 - "text"`, with the text as a quoted-string (RFC 9110, 5.6.4), as `NewWarningHeader` of k8s.io/apimachinery writes
 * it. Characters that no header may have become `?`.
 */
function warningHeader(text: string): string {
  const printable = text.replaceAll(/[^ -~]/gu, "?");
  return `299 - "${printable.replaceAll(/["\\]/gu, "\\$&")}"`;
}
