import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from "express";
import { statusAnswer } from "./answer.ts";
import { parseDuration } from "../naming/duration.ts";
import type { RecordDecision } from "../query/provider.ts";
import { endInTime } from "./deadline.ts";
import { type RecordRequest, recordWhenFinished } from "./finished-request.ts";
import { isOpenHealthPath } from "./health.ts";
import type { Log } from "./log.ts";
import { firstHeader } from "./raw-headers.ts";
import { createRareLog, type LogRarely } from "./rare-log.ts";
import { parseRequestTarget } from "./request-target.ts";
import { createResponder, type Respond, type RespondDeps } from "./respond.ts";
import { failure } from "./status.ts";
import { writeAnswer } from "./write-answer.ts";

/** What the HTTP surface needs. */
export interface AppDeps extends Omit<RespondDeps, "logRarely"> {
  readonly log: Log;
  /** The longest time to an answer; `?timeout` may shorten it. Below the HPA's patience: it has five workers for a cluster. */
  readonly deadlineMs: number;
  /** How long a client may take to read its answer after that; default 30 s, in which 30 kB/s are enough for 2,000 objects. */
  readonly readMs?: number;
  /** A fresh UUID. */
  readonly newAuditId: () => string;
  /** Makes a recorder of what is decided on the way to the answer of one request. */
  readonly recordFor: (auditId: string) => RecordDecision;
  readonly recordRequest: RecordRequest;
}

/** The HTTP surface as a value: no port and no global state. Whatever happens, a client gets a Status that says so. */
export function createApp(deps: AppDeps): RequestListener {
  const logRarely = createRareLog(deps.log, deps.now);
  const app = express().disable("x-powered-by").disable("etag");
  app.use(answerRequest(deps, createResponder({ ...deps, logRarely }), logRarely));
  app.use(answerBug(logRarely));

  // Node's requests and responses become Express' own inside.
  const handle = app as unknown as (request: IncomingMessage, response: ServerResponse, unhandled: () => void) => void;
  // Express does not handle a target that it cannot parse, and would answer with a page of its own.
  return (request, response) => {
    recordWhenFinished(request, response, deps);
    handle(request, response, () => writeAnswer(request, response, undecodable));
  };
}

/** A list of a thousand names in a selector is shorter; what is longer takes long to compare with every object. */
const maxTargetLength = 32_768;

const undecodable = statusAnswer(failure("BadRequest", "the path cannot be decoded"));
const tooLong = statusAnswer(
  failure("RequestURITooLong", `the path and query are longer than ${maxTargetLength} bytes`),
);
const unknownExpectation = statusAnswer(
  failure("ExpectationFailed", "the only expectation that can be met is 100-continue"),
);
const badTimeout = statusAnswer(failure("BadRequest", "timeout is not a duration such as 5s"));

function answerRequest(deps: AppDeps, respond: Respond, logRarely: LogRarely): RequestHandler {
  return async (request, response) => {
    const { method, rawHeaders, socket } = request;
    const auditId = auditIdOf(request) ?? deps.newAuditId();
    response.setHeader("audit-id", auditId);
    response.setHeader("cache-control", "no-cache, private");

    if (request.originalUrl.length > maxTargetLength) return writeAnswer(request, response, tooLong);
    const target = parseRequestTarget(request.originalUrl);
    if (!target.ok) return writeAnswer(request, response, undecodable);
    const entry: AccessEntry = { auditId, user: "", verb: method, path: target.value.path };
    logWhenDone(response, entry, deps);

    if (!isMet(firstHeader(rawHeaders, "expect"))) return writeAnswer(request, response, unknownExpectation);
    const deadlineMs = shorten(deps.deadlineMs, target.value.query.get("timeout"));
    if (deadlineMs === undefined) return writeAnswer(request, response, badTimeout);
    const signal = endInTime(response, {
      answerMs: deadlineMs,
      readMs: deps.readMs ?? 30_000,
      onLate: () => answerLate(deadlineMs, request, response, logRarely),
    });

    const record = deps.recordFor(auditId);
    const answer = await respond({ method, target: target.value, rawHeaders, socket, record, signal }, ({ name }) => {
      entry.user = name;
    });
    return writeAnswer(request, response, answer);
  };
}

/** An id that others can rely on: given by the kube-apiserver, printable, and not longer than theirs. */
function auditIdOf({ rawHeaders }: Request): string | undefined {
  const given = firstHeader(rawHeaders, "audit-id");
  return given !== undefined && /^[!-~]{1,64}$/u.test(given) ? given : undefined;
}

/** Node itself answers `100-continue`, the one expectation that there is (RFC 9110, section 10.1.1). */
function isMet(expectation: string | undefined): boolean {
  return expectation === undefined || expectation.toLowerCase() === "100-continue";
}

/** Zero and absent mean the longest time; undefined when it is no duration. */
function shorten(longestMs: number, timeout: string | null): number | undefined {
  if (timeout === null || timeout === "") return longestMs;
  const askedMs = parseDuration(timeout);
  return askedMs === 0 ? longestMs : askedMs && Math.min(askedMs, longestMs);
}

/** Answers 504; the answer that comes later is dropped. While Prometheus or the Kubernetes API is slow, all are late. */
function answerLate(deadlineMs: number, request: Request, response: Response, logRarely: LogRarely): void {
  const seconds = deadlineMs / 1_000;
  logRarely("late", "warning", "Cannot answer a request in time", { path: request.path, seconds });
  const message = `request did not complete within the allotted ${seconds} s`;
  writeAnswer(request, response, statusAnswer(failure("Timeout", message, {})));
}

/** A line of the access log; the user is empty until it is known. */
interface AccessEntry {
  readonly auditId: string;
  user: string;
  readonly verb: string;
  readonly path: string;
}

function logWhenDone(response: Response, entry: AccessEntry, { log, now }: AppDeps): void {
  const startedMs = now();
  response.on("close", () => {
    // Kubelets ask all the time; only a failure is news, and that is logged where it is found.
    if (isOpenHealthPath(entry.path)) return;
    const code = response.writableFinished ? response.statusCode : "not read to the end";
    log("debug", "Answered", { ...entry, code, durationMs: Math.round(now() - startedMs) });
  });
}

/** A bug reaches the log with its stack, and the client without it. */
function answerBug(logRarely: LogRarely): ErrorRequestHandler {
  const answer = statusAnswer(failure("InternalError", "internal error; the log of vm-metrics-adapter says more"));
  return (thrown: unknown, request, response, _next) => {
    const [cause, error] = thrown instanceof Error ? [thrown.name, thrown.stack ?? ""] : ["thrown", String(thrown)];
    logRarely(cause, "error", "Cannot answer a request", { error });
    writeAnswer(request, response, answer);
  };
}
