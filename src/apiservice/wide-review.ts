import { metricsApis } from "../naming/metrics-api.ts";
import type { AccessSpec, ReviewAccess } from "./access.ts";
import { type AccessTtl, cachedAccessReview, type ReviewCacheOptions } from "./cached-review.ts";

/** A refusal to read everything decides nothing, so it needs not be fresh; it only leads to the narrow question. */
const wideRefusedMs = 60_000;

/**
 * Asks whether a user may read everything in the group before it asks about one metric. Where everything is allowed, that
 * answers all requests of the user in this group for `ttl.allowedMs`, however many autoscalers there are; elsewhere the
 * narrow question decides. Right for authorizers whose rules only add, such as RBAC: one that forbids single metrics to
 * whoever may read all would not be asked about them.
 */
export function wideAccessReview(review: ReviewAccess, ttl: AccessTtl, options: ReviewCacheOptions): ReviewAccess {
  const askNarrow = cachedAccessReview(review, ttl, options);
  if (ttl.allowedMs === 0) return askNarrow;
  const askWide = cachedAccessReview(review, { allowedMs: ttl.allowedMs, refusedMs: wideRefusedMs }, options);

  return async (spec) => {
    const wide = widen(spec);
    if (wide === undefined) return askNarrow(spec);
    const everything = await askWide(wide);
    // When nobody answers the wide question, the narrow one would only wait as long again.
    return everything.ok && !everything.value.allowed ? askNarrow(spec) : everything;
  };
}

/**
 * The same user and verb, for all that the group has; undefined where there is nothing to widen. Resource `*` without
 * subresource is allowed by RBAC rules for resources `["*"]` alone: with subresource `*`, a rule for the one resource that
 * is written as star, slash, star would allow it, too, and that rule covers nothing else. Absent names and namespaces mean
 * all of them, which rules with resourceNames, and bindings in one namespace, do not give.
 */
function widen(spec: AccessSpec): AccessSpec | undefined {
  if ("nonResourceAttributes" in spec) return undefined;
  const { resourceAttributes, ...user } = spec;
  const { verb, group } = resourceAttributes;
  const served = metricsApis.some((name) => name === group);
  if (!served || (verb !== "get" && verb !== "list")) return undefined;
  return { ...user, resourceAttributes: { verb, group, version: "*", resource: "*" } };
}
