import { STATUS_CODES } from "node:http";
import type { MetricsApi } from "../naming/metrics-api.ts";
import { families } from "./families.ts";
import type { Registry } from "./registry.ts";

/** What the recorders need of the process that they run in. */
export interface RecorderDeps {
  readonly registry: Registry;
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Of the adapter, such as `0.1.0`. */
  readonly version: string;
  /** Such as `v26.10.0`. */
  readonly nodeVersion: string;
}

/** What a request is. None of the words is a client's. */
export interface RequestKind {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
  readonly component: string;
}

/** What became of a request. */
export interface FinishedRequest {
  readonly kind: RequestKind;
  /** Undefined when the client was gone before it had the whole answer. */
  readonly code: number | undefined;
  readonly durationMs: number;
  /** Of the body as it was sent. */
  readonly sizeBytes: number;
}

/** Is told of the answer to a request that was sent: its HTTP status, or undefined when there is none. */
type Answered = (code: number | undefined) => void;

/** What the rest of the adapter tells of what it does. None of them throws, waits or keeps what it is told. */
export interface Recorders {
  /** A series for the usual answers to each kind of request, so that the first failure is seen as a rise. */
  readonly expectRequests: (kinds: readonly RequestKind[]) => void;
  readonly finishRequest: (request: FinishedRequest) => void;
  /** By 1 when a request begins to count for the limit, by -1 when it ends to. */
  readonly changeInFlight: (by: 1 | -1) => void;
  readonly failTls: () => void;
  readonly authenticate: (result: "success" | "failure" | "error", durationMs: number) => void;
  readonly authorize: (result: "allowed" | "denied" | "error", durationMs: number) => void;
  /** Somebody was known by a client certificate that ends then, in milliseconds since the Unix epoch. */
  readonly useCertificate: (endsMs: number) => void;
  readonly askKubernetes: (method: string, host: string) => Answered;
  readonly reviewToken: () => Answered;
  readonly reviewAccess: () => Answered;
  readonly askPrometheus: (path: string) => Answered;
  /** A value was answered whose oldest sample was taken then, in milliseconds since the Unix epoch. */
  readonly answerValue: (group: MetricsApi, timestampMs: number) => void;
}

/** Defines all families of `families` and makes their recorders. */
export function createRecorders(deps: RecorderDeps): Recorders {
  const { registry, now, wallClock } = deps;
  const certificateExpiration = registry.histogram(families.certificateExpiration);
  const freshness = registry.histogram(families.freshness);
  registry.gauge(families.buildInfo)({ version: deps.version, node_version: deps.nodeVersion }, 1);

  return {
    ...requestRecorders(registry),
    ...checkRecorders(registry),
    ...questionRecorders(registry, now),
    useCertificate: (endsMs) => certificateExpiration({}, (endsMs - wallClock()) / 1_000),
    // Clocks differ; a sum that falls would look like a restart.
    answerValue: (group, timestampMs) => freshness({ group }, Math.max(0, wallClock() - timestampMs) / 1_000),
  };
}

/** The answers that dashboards and alerts divide by each other. */
const usualCodes = ["200", "404", "500", "503", "504"] as const;

type RequestRecorders = Pick<Recorders, "expectRequests" | "finishRequest" | "changeInFlight" | "failTls">;

function requestRecorders(registry: Registry): RequestRecorders {
  const requests = registry.counter(families.requests);
  const durations = registry.histogram(families.requestDuration);
  const sizes = registry.histogram(families.responseSizes);
  const inFlight = registry.gauge(families.inFlight);
  const terminations = registry.counter(families.terminations);
  const aborts = registry.counter(families.aborts);
  const tlsFailures = registry.counter(families.tlsFailures);
  let reading = 0;
  inFlight({ request_kind: "readOnly" }, 0);
  inFlight({ request_kind: "mutating" }, 0);

  return {
    expectRequests: (kinds) => {
      for (const kind of kinds) for (const code of usualCodes) requests({ ...kind, dry_run: "", code }, 0);
    },
    finishRequest: ({ kind, code: status, durationMs, sizeBytes }) => {
      if (status === undefined) return aborts(withoutComponent(kind));
      const code = codeLabel(status);
      requests({ ...kind, dry_run: "", code });
      durations({ ...kind, dry_run: "" }, durationMs / 1_000);
      if (kind.verb === "GET" || kind.verb === "LIST") sizes(kind, sizeBytes);
      if (status === 429 || status === 504) terminations({ ...kind, code });
    },
    changeInFlight: (by) => {
      reading += by;
      inFlight({ request_kind: "readOnly" }, reading);
    },
    failTls: () => tlsFailures({}),
  };
}

function withoutComponent({ component: _component, ...kind }: RequestKind): Omit<RequestKind, "component"> {
  return kind;
}

function checkRecorders(registry: Registry): Pick<Recorders, "authenticate" | "authorize"> {
  const authentications = registry.counter(families.authentications);
  const authenticationDuration = registry.histogram(families.authenticationDuration);
  const authorizations = registry.counter(families.authorizations);
  const authorizationDuration = registry.histogram(families.authorizationDuration);
  for (const result of ["success", "failure", "error"]) authentications({ result }, 0);
  for (const result of ["allowed", "denied", "error"]) authorizations({ result }, 0);

  return {
    authenticate: (result, durationMs) => {
      authentications({ result });
      authenticationDuration({ result }, durationMs / 1_000);
    },
    authorize: (result, durationMs) => {
      authorizations({ result });
      authorizationDuration({ result }, durationMs / 1_000);
    },
  };
}

type QuestionRecorders = Pick<Recorders, "askKubernetes" | "reviewToken" | "reviewAccess" | "askPrometheus">;

function questionRecorders(registry: Registry, now: () => number): QuestionRecorders {
  const tokenReviews = registry.counter(families.tokenReviews);
  const tokenReviewDuration = registry.histogram(families.tokenReviewDuration);
  const accessReviews = registry.counter(families.accessReviews);
  const accessReviewDuration = registry.histogram(families.accessReviewDuration);
  const clientRequests = registry.counter(families.clientRequests);
  const clientRequestDuration = registry.histogram(families.clientRequestDuration);
  const backendRequests = registry.counter(families.backendRequests);
  const backendRequestDuration = registry.histogram(families.backendRequestDuration);

  function timed(record: (code: string, seconds: number) => void): Answered {
    const startedMs = now();
    return (code) => record(codeLabel(code), (now() - startedMs) / 1_000);
  }
  return {
    askKubernetes: (method, host) =>
      timed((code, seconds) => {
        clientRequests({ code, method, host });
        clientRequestDuration({ verb: method, host }, seconds);
      }),
    reviewToken: () =>
      timed((code, seconds) => {
        tokenReviews({ code });
        tokenReviewDuration({ code }, seconds);
      }),
    reviewAccess: () =>
      timed((code, seconds) => {
        accessReviews({ code });
        accessReviewDuration({ code }, seconds);
      }),
    askPrometheus: (path) =>
      timed((code, seconds) => {
        backendRequests({ backend: "prometheus", path, code });
        backendRequestDuration({ backend: "prometheus", path }, seconds);
      }),
  };
}

/** A number that is registered with IANA; whatever else a proxy may say is `other`, so that there are few. */
function codeLabel(status: number | undefined): string {
  if (status === undefined) return "<error>";
  return status in STATUS_CODES ? String(status) : "other";
}
