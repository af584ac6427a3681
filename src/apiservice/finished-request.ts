import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiGroup } from "./api-group.ts";
import { type RequestKind, requestKind } from "./request-kind.ts";

/** What became of a request. */
export interface FinishedRequest {
  readonly kind: RequestKind;
  /** The HTTP status of the answer; undefined when the client was gone before it had the whole of it. */
  readonly code: number | undefined;
  /** From the headers of the request to the last byte of the answer. */
  readonly durationMs: number;
  /** Of the body as it was sent. */
  readonly sizeBytes: number;
}

/** Is told of each request when it is over. */
export type RecordRequest = (request: FinishedRequest) => void;

/** Tells `recordRequest` of this request when it is over. `now` is a monotonic clock, in milliseconds. */
export function recordWhenFinished(
  { method = "", url = "" }: IncomingMessage,
  response: ServerResponse,
  deps: {
    readonly recordRequest: RecordRequest;
    readonly groups: readonly ApiGroup[];
    readonly now: () => number;
  },
): void {
  const startedMs = deps.now();
  response.on("close", () => {
    deps.recordRequest({
      kind: requestKind(method, url, deps.groups),
      code: response.writableFinished ? response.statusCode : undefined,
      durationMs: deps.now() - startedMs,
      sizeBytes: Number(response.getHeader("content-length") ?? 0),
    });
  });
}
