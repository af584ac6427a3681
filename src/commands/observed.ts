import type { Authorize } from "../apiservice/access.ts";
import type { Authenticate, IdentityError } from "../apiservice/identity.ts";
import type { Enter } from "../apiservice/in-flight.ts";
import type { ObserveExchange } from "../cluster/kubernetes-client.ts";
import { accessReviewPath, tokenReviewPath } from "../cluster/reviews.ts";
import type { Recorders } from "../monitoring/recorders.ts";
import type { MetricsProvider } from "../query/provider.ts";

/** Parts of the adapter that tell a recorder what they do. Each is of the type that it wraps, and does the same. */

/** Tells of each authentication. `now` is a monotonic clock, in milliseconds. */
export function observedAuthenticate(
  authenticate: Authenticate,
  record: Recorders["authenticate"],
  now: () => number,
): Authenticate {
  return async (credentials) => {
    const startedMs = now();
    const user = await authenticate(credentials);
    record(user.ok ? "success" : isUnanswered(user.error) ? "error" : "failure", now() - startedMs);
    return user;
  };
}

/** Whether somebody might have been known if the Kubernetes API had said so. */
function isUnanswered(error: IdentityError): boolean {
  return error.kind === "unauthenticated" && error.cause.split(" ").includes("tokenReview");
}

/** Tells of each authorization. `now` is a monotonic clock, in milliseconds. */
export function observedAuthorize(authorize: Authorize, record: Recorders["authorize"], now: () => number): Authorize {
  return async (user, attributes) => {
    const startedMs = now();
    const access = await authorize(user, attributes);
    record(access.ok ? "allowed" : access.error.kind === "forbidden" ? "denied" : "error", now() - startedMs);
    return access;
  };
}

/** Tells of everybody who comes in, and goes. */
export function observedEnter(enter: Enter, record: Recorders["changeInFlight"]): Enter {
  return () => {
    const leave = enter();
    if (leave === undefined) return undefined;
    record(1);
    return () => {
      leave();
      record(-1);
    };
  };
}

/** Tells of each value that is given. */
export function observedProvider(provider: MetricsProvider, record: Recorders["answerValue"]): MetricsProvider {
  return {
    ...provider,
    read: async (...question) => {
      const answer = await provider.read(...question);
      if (answer.ok) for (const { timestampMs } of answer.value) record("custom.metrics.k8s.io", timestampMs);
      return answer;
    },
    readExternal: async (...question) => {
      const answer = await provider.readExternal(...question);
      if (answer.ok) for (const { timestampMs } of answer.value) record("external.metrics.k8s.io", timestampMs);
      return answer;
    },
  };
}

/** Tells of each request to the Kubernetes API, and of reviews as such, too. */
export function observeKubernetes(
  recorders: Pick<Recorders, "askKubernetes" | "reviewToken" | "reviewAccess">,
): ObserveExchange {
  return ({ method, host, path }) => {
    const ends = [recorders.askKubernetes(method, host)];
    if (path === tokenReviewPath) ends.push(recorders.reviewToken());
    if (path === accessReviewPath) ends.push(recorders.reviewAccess());
    return (status) => {
      for (const end of ends) end(status);
    };
  };
}
