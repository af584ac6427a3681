/** What a meta/v1 Status says in short; each reason has one HTTP code. */
export type StatusReason = keyof typeof codes;

/** The object that a Status is about; `kind` holds the plural resource. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  /** When to ask again; a `Retry-After` header with the same number goes with it. */
  readonly retryAfterSeconds?: number;
  /** What an InternalError is about, as Kubernetes' own servers say it (k8s.io/apimachinery, `NewInternalError`). */
  readonly causes?: readonly { readonly message: string }[];
}

/** A failed answer: meta/v1 Status. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure";
  readonly message: string;
  /** Absent where Kubernetes' own servers give none: for an error that is none of the API's. */
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestURITooLong: 414,
  ExpectationFailed: 417,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** Builds a Status. */
export function failure(reason: StatusReason, message: string, details?: StatusDetails): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: codes[reason],
  };
}

/** Builds the Status of an error without a reason, as Kubernetes' own servers do of any error that is not the API's. */
export function unexplained(message: string): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 };
}

/** Builds the Status of an internal error in the words of Kubernetes' own servers (k8s.io/apimachinery, `NewInternalError`). */
export function internalError(message: string): Status {
  return failure("InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}
