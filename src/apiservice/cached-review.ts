import { createHmac } from "node:crypto";
import { ok, type Result } from "../result.ts";
import type { ReviewAccess } from "./access.ts";
import type { ReviewToken, User } from "./identity.ts";

/** The part of a bounded cache that is needed here. An entry disappears `ttlMs` after it was set. */
export interface Cache<V> {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => void;
}

/** How long answers are remembered, and where. */
export interface ReviewCacheOptions {
  readonly createCache: <V extends {}>(options: {
    readonly maxEntries: number;
    readonly ttlMs: number;
    readonly now: () => number;
  }) => Cache<V>;
  readonly now: () => number;
}

/** What the kube-apiserver's own delegating clients use (k8s.io/apiserver, `DelegatingAuthorizationOptions`). */
const limits = { maxEntries: 8_192, ttlMs: 10_000 };

/** A longer question is asked each time, so that no client can fill the memory with keys. */
const maxKeyLength = 10_000;

/** Remembers answers to equal questions for ten seconds. Errors are never remembered; equal questions share one flight. */
export function cachedAccessReview(review: ReviewAccess, options: ReviewCacheOptions): ReviewAccess {
  return shared(review, (spec) => JSON.stringify(spec), options);
}

/**
 * Remembers whose a token is, or that it is nobody's, for ten seconds. Tokens are known by their keyed hash only;
 * `hashKey` is random and made for this process.
 */
export function cachedTokenReview(
  review: ReviewToken,
  options: ReviewCacheOptions & { readonly hashKey: Buffer },
): ReviewToken {
  const remembered = shared<string, { readonly user?: User }>(
    async (token) => {
      const answer = await review(token);
      if (!answer.ok) return answer;
      return ok(answer.value === undefined ? {} : { user: answer.value });
    },
    (token) => createHmac("sha256", options.hashKey).update(token).digest("base64"),
    options,
  );
  return async (token) => {
    const answer = await remembered(token);
    return answer.ok ? ok(answer.value.user) : answer;
  };
}

function shared<I, V extends {}>(
  review: (input: I) => Promise<Result<V, string>>,
  keyOf: (input: I) => string,
  { createCache, now }: ReviewCacheOptions,
): (input: I) => Promise<Result<V, string>> {
  const answers = createCache<V>({ ...limits, now });
  const flights = new Map<string, Promise<Result<V, string>>>();

  async function fly(key: string, input: I): Promise<Result<V, string>> {
    try {
      const answer = await review(input);
      if (answer.ok) answers.set(key, answer.value);
      return answer;
    } finally {
      flights.delete(key);
    }
  }

  return async (input) => {
    const key = keyOf(input);
    if (key.length > maxKeyLength) return review(input);
    const known = answers.get(key);
    if (known !== undefined) return ok(known);
    const flight = flights.get(key) ?? fly(key, input);
    flights.set(key, flight);
    return flight;
  };
}
