import type { JsonObject } from "../kubernetes-object.ts";

/** A failure as a Kubernetes client reads it. */
export interface StatusFailure {
  readonly code: number;
  readonly document: JsonObject;
}

const reasonByCode: Readonly<Record<number, string>> = {
  400: "BadRequest",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  415: "UnsupportedMediaType",
  422: "Invalid",
};

/** Makes a Status of the v1 API; `reason` follows from the code unless it is given. */
export function statusFailure(
  code: number,
  message: string,
  reason = reasonByCode[code] ?? "InternalError",
): StatusFailure {
  return {
    code,
    document: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code },
  };
}
