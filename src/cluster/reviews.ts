import { fail, ok, type Result } from "../result.ts";
import type { Clock } from "./clock.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asText, asTexts, at, isRecord } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { createTurns } from "./turns.ts";

/** Who holds a token, as the Kubernetes API knows them. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Who wants to do what: the spec of a SubjectAccessReview (authorization.k8s.io/v1). */
export interface AccessSpec {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
  readonly resourceAttributes?: object;
  readonly nonResourceAttributes?: object;
}

/** Questions about identity and access that the Kubernetes API answers. Errors are one line for the log. */
export interface Reviews {
  /** Whose token this is; undefined when it is nobody's. `from` is who takes a turn for it: the address that it came from. */
  readonly reviewToken: (token: string, from: string) => Promise<Result<User | undefined, string>>;
  /** Whether something is allowed. `reason` is the authorizer's, often empty. */
  readonly reviewAccess: (
    spec: AccessSpec,
  ) => Promise<Result<{ readonly allowed: boolean; readonly reason: string }, string>>;
}

/** Where whose a token is is asked. */
export const tokenReviewPath = "/apis/authentication.k8s.io/v1/tokenreviews";

/** Where whether something is allowed is asked. */
export const accessReviewPath = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/** How hard it is tried, in milliseconds: what k8s.io/apiserver's webhook clients do (`DefaultRetryBackoff`). */
const limits = { deadlineMs: 10_000, attempts: 5, pauseMs: 500, factor: 1.5, jitter: 0.2 };

/** Of a client's eight connections, both kinds of review together leave two: lists go on while an API hangs over reviews. */
const most = { running: 3, waitingOfEach: 200 };

/**
 * Makes the two kinds of review. Each has ten seconds in all, waiting for its turn included; passing faults of the API are
 * tried again meanwhile. Three run at once, and users take turns, or the addresses that tokens come from.
 */
export function createReviews({
  client,
  clock,
}: {
  readonly client: KubernetesClient;
  readonly clock: Clock;
}): Reviews {
  const takeTurn = createTurns(most);

  async function review(asker: string, path: string, body: object): Promise<Result<unknown, string>> {
    const endMs = clock.nowMs() + limits.deadlineMs;
    const turn = await takeTurn(asker, () => attempts(endMs, path, body));
    return turn.ok ? turn.value : fail(`Cannot post ${JSON.stringify(path)}: too many reviews are waiting`);
  }

  async function attempts(endMs: number, path: string, body: object): Promise<Result<unknown, string>> {
    if (clock.nowMs() >= endMs) return fail(`Cannot post ${JSON.stringify(path)}: its turn did not come in time`);
    for (let attempt = 0; ; attempt += 1) {
      const timeoutMs = Math.max(1, endMs - clock.nowMs());
      const answer = await client.request({ method: "POST", path, body, timeoutMs });
      if (answer.ok) return ok(answer.value.body);
      const pauseMs = pauseAfter(answer.error, attempt, clock.random());
      const spent = attempt + 1 >= limits.attempts || clock.nowMs() + pauseMs >= endMs;
      if (!isPassing(answer.error) || spent) return fail(`Cannot post ${JSON.stringify(path)}: ${answer.error.detail}`);
      await clock.sleep(pauseMs);
    }
  }

  return {
    reviewToken: async (token, from) => {
      const spec = { token };
      const body = { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", spec };
      const answer = await review(from, tokenReviewPath, body);
      return answer.ok ? readUser(at(answer.value, "status")) : answer;
    },
    reviewAccess: async (spec) => {
      const body = { kind: "SubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec };
      const answer = await review(spec.user, accessReviewPath, body);
      return answer.ok ? readDecision(at(answer.value, "status")) : answer;
    },
  };
}

function isPassing({ kind, status }: KubernetesFailure): boolean {
  return kind === "unreachable" || kind === "throttled" || status === 500 || status === 504;
}

function pauseAfter({ retryAfterMs = 0 }: KubernetesFailure, attempt: number, random: number): number {
  return Math.max(retryAfterMs, limits.pauseMs * limits.factor ** attempt * (1 + limits.jitter * random));
}

/** The API says why it does not believe a token in `status.error`; that is an answer, too, and may be remembered. */
function readUser(status: unknown): Result<User | undefined, string> {
  if (!isRecord(status)) return fail("Cannot read the TokenReview: it has no status");
  if (at(status, "authenticated") !== true) return ok(undefined);
  const user = at(status, "user");
  const uid = asText(at(user, "uid"));
  const extra = Object.entries(at(user, "extra") ?? {}).map(([key, values]) => [key, asTexts(values)] as const);
  return ok({
    name: asText(at(user, "username")),
    ...(uid === "" ? {} : { uid }),
    groups: asTexts(at(user, "groups")),
    extra: Object.fromEntries(extra),
  });
}

function readDecision(status: unknown): Result<{ readonly allowed: boolean; readonly reason: string }, string> {
  if (!isRecord(status)) return fail("Cannot read the SubjectAccessReview: it has no status");
  const [allowed, denied] = [at(status, "allowed") === true, at(status, "denied") === true];
  if (allowed && denied) return fail("Cannot read the SubjectAccessReview: it both allows and denies");
  return ok({ allowed, reason: asText(at(status, "reason")) });
}
