import { asText, at } from "./json.ts";

/** Why the Kubernetes API did not do what it was asked. */
export interface KubernetesFailure {
  readonly kind:
    /** No answer: the network, TLS, credentials that cannot be read, or the deadline. */
    | "unreachable"
    | "forbidden"
    | "notFound"
    /** A resource version or a continue token is too old; list again. */
    | "gone"
    | "conflict"
    | "throttled"
    | "other";
  /** One line for a person, without secrets. */
  readonly detail: string;
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** How long the server asks to wait, in milliseconds; absent when it does not say. */
  readonly retryAfterMs?: number;
}

const kindByStatus: Readonly<Record<number, KubernetesFailure["kind"]>> = {
  403: "forbidden",
  404: "notFound",
  409: "conflict",
  410: "gone",
  429: "throttled",
};

const maxDetailLength = 300;

/** Reads an HTTP answer that is not a success; `body` is a `Status` (meta/v1) or anything else that came. */
export function failureFromStatus(status: number, body: unknown, retryAfter?: string): KubernetesFailure {
  const message = asText(at(body, "message")) || `HTTP status ${status}`;
  const seconds = Number(retryAfter ?? "");
  return {
    kind: kindByStatus[status] ?? "other",
    detail: message.slice(0, maxDetailLength),
    status,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

/** Reads the `Status` that a watch sends as an event of type ERROR. */
export function failureFromErrorEvent(object: unknown): KubernetesFailure {
  const code = at(object, "code");
  return failureFromStatus(typeof code === "number" ? code : 500, object);
}

/** Reads whatever the network, TLS or the reading of credentials threw. */
export function failureFromThrown(thrown: unknown): KubernetesFailure {
  return { kind: "unreachable", detail: describeThrown(thrown).slice(0, maxDetailLength) };
}

/** An AggregateError of several addresses has no message, only a code. */
function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === "TimeoutError") return "no answer within the deadline";
  const code = asText(at(thrown, "code"));
  if (thrown.message === "") return code || thrown.name;
  return code === "" || thrown.message.includes(code) ? thrown.message : `${thrown.message} (${code})`;
}
