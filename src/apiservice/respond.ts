import type { Socket } from "node:net";
import type { AccessError, Authorize } from "./access.ts";
import { forbidden } from "./access.ts";
import { type Answer, type AnswerDeps, answerRoute, statusAnswer } from "./answer.ts";
import { createDeprecationWarnings } from "./deprecation-warnings.ts";
import { type Health, isOpenHealthPath } from "./health.ts";
import type { Enter } from "./in-flight.ts";
import type { Authenticate, IdentityError, User } from "./identity.ts";
import type { RecordDecision } from "../query/provider.ts";
import { type Accepted, negotiate, servedTypes } from "./negotiate.ts";
import { firstHeader, type RawHeaders } from "./raw-headers.ts";
import type { LogRarely } from "./rare-log.ts";
import { type RequestAttributes, requestAttributes } from "./request-attributes.ts";
import type { RequestTarget } from "./request-target.ts";
import { parseRoute } from "./routes.ts";
import { failure } from "./status.ts";
import { limitWaiting } from "./waiting-limit.ts";

/** A request as far as it matters to its answer. */
export interface Exchange {
  readonly method: string;
  readonly target: RequestTarget;
  readonly rawHeaders: RawHeaders;
  readonly socket: Socket;
  /** Is told what is decided on the way to the answer. */
  readonly record: RecordDecision;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Everything that answering needs. */
export interface RespondDeps extends AnswerDeps {
  readonly health: Health;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  /** Bounds the requests for metrics that are allowed and worked on. How this server is and what it serves is always said. */
  readonly enter: Enter;
  /** What the server says of itself, for whoever may get `/metrics`. Must not ask the metrics backend. */
  readonly expose: () => Promise<Omit<Answer, "code">>;
  /** Monotonic clock, in milliseconds, never zero. */
  readonly now: () => number;
}

/** Answers one request. `identified` is told who asks as soon as that is known. */
export type Respond = (exchange: Exchange, identified: (user: User) => void) => Promise<Answer>;

/** How many users of deprecated metrics are remembered, in about a megabyte. */
const maxWarned = 8_192;

/** Far above what the autoscaler asks with its five workers, and few beside the requests that are worked on. */
const maxWaitingOfEach = 100;

/**
 * Health, who is asking, may they, is there room, what is asked: in this order, so that nobody learns more than they may, and
 * whoever may read nothing takes nobody's place.
 */
export function createResponder(deps: RespondDeps): Respond {
  const { logRarely } = deps;
  const authorize = limitWaiting(deps.authorize, maxWaitingOfEach);
  const warn = createDeprecationWarnings({ now: deps.now, maxEntries: maxWarned });
  return async (exchange, identified) => {
    const { method, target } = exchange;
    if (isOpenHealthPath(target.path)) return answerHealth(method, target, deps);

    const user = await deps.authenticate(exchange);
    if (!user.ok) return refuseIdentity(user.error, logRarely);
    identified(user.value);

    const attributes = requestAttributes(method, target);
    const access = await authorize(user.value, attributes);
    if (!access.ok) return refuseAccess(access.error, user.value, attributes, logRarely);

    if ("nonResourceAttributes" in attributes) return answerAllowed(exchange, user.value);
    const leave = deps.enter();
    if (leave === undefined) return tooManyRequests("too many requests for metrics are under way");
    try {
      return await answerAllowed(exchange, user.value);
    } finally {
      leave();
    }
  };

  async function answerAllowed(exchange: Exchange, user: User): Promise<Answer> {
    const { method, target, rawHeaders, record, signal } = exchange;
    if (deps.health.report(target) !== undefined) return answerHealth(method, target, deps);
    if (method !== "GET") return methodNotAllowed;
    if (target.path === "/metrics") return { code: 200, ...(await deps.expose()) };
    const route = parseRoute(target, deps.groups);
    const accepted = acceptedForm(rawHeaders, route.kind === "groups");
    if (accepted === undefined) return notAcceptable;
    return answerRoute(route, accepted.form, deps, {
      record,
      signal,
      warningOf: (metric) => {
        const notice = deps.provider.notice(metric);
        return notice && warn(user.name, metric, notice);
      },
    });
  }
}

/** Kubernetes' clients come again after a second by themselves (k8s.io/client-go, `rest.Request`). */
function tooManyRequests(cause: string): Answer {
  const message = `${cause}, please try again later`;
  return statusAnswer(failure("TooManyRequests", message, { retryAfterSeconds: 1 }), { "retry-after": "1" });
}

const methodNotAllowed = statusAnswer(
  failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {}),
  { allow: "GET" },
);

const notAcceptable: Answer = {
  ...statusAnswer(
    failure("NotAcceptable", `only the following media types are accepted: ${servedTypes.join(", ")}`, {}),
  ),
  indented: true,
};

function acceptedForm(rawHeaders: RawHeaders, offerDiscovery: boolean): Accepted | undefined {
  return negotiate(firstHeader(rawHeaders, "accept"), offerDiscovery);
}

function answerHealth(method: string, target: RequestTarget, { health, logRarely }: RespondDeps): Answer {
  const report = health.report(target);
  if (method !== "GET" || report === undefined) return methodNotAllowed;
  const problems = Object.entries(report.problems);
  if (problems.length > 0) {
    const cause = Object.keys(report.problems).join(" ");
    const text = problems.map(([name, problem]) => `${name}: ${problem}`).join("; ");
    logRarely(cause, "warning", "Not healthy", { path: target.path, problems: text });
  }
  return { code: report.code, body: report.text, headers: { "x-content-type-options": "nosniff" } };
}

function refuseIdentity(error: IdentityError, logRarely: LogRarely): Answer {
  switch (error.kind) {
    case "impersonation":
      return statusAnswer(
        failure("Forbidden", "impersonation is not supported here; ask through the Kubernetes API server"),
      );
    case "unauthenticated":
      logRarely(error.cause, "warning", "Cannot authenticate a client", { cause: error.cause, detail: error.detail });
      // TLS has judged the certificate once, at the handshake: with authorities that are trusted by now, only a new
      // connection can do better.
      return statusAnswer(failure("Unauthorized", "Unauthorized"), { connection: "close" });
  }
}

function refuseAccess(error: AccessError, user: User, attributes: RequestAttributes, logRarely: LogRarely): Answer {
  switch (error.kind) {
    case "forbidden":
      return statusAnswer(forbidden(user, attributes, error.reason), { "x-content-type-options": "nosniff" });
    case "unknown":
      logRarely("unknown", "error", "Cannot review the access of a client", { user: user.name, detail: error.detail });
      return statusAnswer(
        failure(
          "InternalError",
          "unable to check whether this is allowed: the Kubernetes API did not say; the log of vm-metrics-adapter says more",
        ),
      );
    case "crowded":
      return tooManyRequests(
        "too many requests of this user wait for the Kubernetes API to say whether they are allowed",
      );
  }
}
