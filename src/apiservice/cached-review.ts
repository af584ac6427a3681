import { createHmac } from "node:crypto";
import { ok, type Result } from "../result.ts";
import type { ReviewAccess } from "./access.ts";
import type { ReviewToken, User } from "./identity.ts";

/** The part of a bounded cache that is needed here. */
export interface Cache<V> {
  readonly get: (key: string) => V | undefined;
  /** The entry disappears after `ttlMs`. */
  readonly set: (key: string, value: V, ttlMs: number) => void;
}

/** How long answers are remembered, and where. */
export interface ReviewCacheOptions {
  readonly createCache: <V extends {}>(options: {
    readonly maxEntries: number;
    readonly ttlMs: number;
    readonly now: () => number;
  }) => Cache<V>;
  readonly now: () => number;
  /** Random and made for this process: questions are known by a hash that nobody else can compute, so none can be made to collide. */
  readonly hashKey: Buffer;
}

/** How many answers the kube-apiserver's own delegating clients remember (k8s.io/apiserver, `webhook.New`). */
const maxEntries = 8_192;

/** Each entry has a time of its own; the cache wants one for those without. */
const longestMs = 60_000;

/** How long permissions and refusals are remembered, in milliseconds; 0 is not at all. */
export interface AccessTtl {
  readonly allowedMs: number;
  readonly refusedMs: number;
}

/** Remembers answers to equal questions for a time. Errors are never remembered; equal questions share one flight. */
export function cachedAccessReview(review: ReviewAccess, ttl: AccessTtl, options: ReviewCacheOptions): ReviewAccess {
  return shared(
    review,
    (spec) => JSON.stringify(spec),
    ({ allowed }) => (allowed ? ttl.allowedMs : ttl.refusedMs),
    options,
  );
}

/** Remembers whose a token is, or that it is nobody's, for `ttlMs`. Tokens are known by their keyed hash only. */
export function cachedTokenReview(review: ReviewToken, ttlMs: number, options: ReviewCacheOptions): ReviewToken {
  const remembered = shared<{ readonly token: string; readonly from: string }, { readonly user?: User }>(
    async ({ token, from }) => {
      const answer = await review(token, from);
      if (!answer.ok) return answer;
      return ok(answer.value === undefined ? {} : { user: answer.value });
    },
    ({ token }) => token,
    () => ttlMs,
    options,
  );
  return async (token, from) => {
    const answer = await remembered({ token, from });
    return answer.ok ? ok(answer.value.user) : answer;
  };
}

function shared<I, V extends {}>(
  review: (input: I) => Promise<Result<V, string>>,
  textOf: (input: I) => string,
  ttlOf: (answer: V) => number,
  { createCache, now, hashKey }: ReviewCacheOptions,
): (input: I) => Promise<Result<V, string>> {
  const answers = createCache<V>({ maxEntries, ttlMs: longestMs, now });
  const flights = new Map<string, Promise<Result<V, string>>>();

  async function fly(key: string, input: I): Promise<Result<V, string>> {
    try {
      const answer = await review(input);
      if (answer.ok && ttlOf(answer.value) > 0) answers.set(key, answer.value, ttlOf(answer.value));
      return answer;
    } finally {
      flights.delete(key);
    }
  }

  return async (input) => {
    // Of one length, however long a path or however many groups a client has.
    const key = createHmac("sha256", hashKey).update(textOf(input)).digest("base64");
    const known = answers.get(key);
    if (known !== undefined) return ok(known);
    const flight = flights.get(key) ?? fly(key, input);
    flights.set(key, flight);
    return flight;
  };
}
