import type { Dispatcher } from "undici";
import { fail, ok, type Result } from "../result.ts";
import { failureFromStatus, failureFromThrown, type KubernetesFailure } from "./failure.ts";
import { readLines } from "./lines.ts";

/** One exchange of JSON with the Kubernetes API. */
export interface KubernetesRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly accept?: string;
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A watch. */
export interface KubernetesStream {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Until the answer begins, in milliseconds. */
  readonly timeoutMs: number;
  /** A stream that says nothing for so long is taken to be dead and ends, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** A success: status 2xx. */
export interface KubernetesAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when the answer was empty. */
  readonly body: unknown;
  /** The server's clock (`Date`, RFC 9110, 6.6.1), in milliseconds since the Unix epoch, in whole seconds; absent when it did not say. */
  readonly dateMs?: number;
}

/** Speaks with the Kubernetes API. Failures come back as values; nothing is tried twice. */
export interface KubernetesClient {
  readonly request: (request: KubernetesRequest) => Promise<Result<KubernetesAnswer, KubernetesFailure>>;
  /**
   * Opens a stream of JSON documents, one a line. A broken stream's last element is the failure; one that the server, the
   * idle timeout or `signal` ended just ends. It holds its connection until it is read to the end or left.
   */
  readonly stream: (
    stream: KubernetesStream,
  ) => Promise<Result<AsyncIterable<Result<unknown, KubernetesFailure>>, KubernetesFailure>>;
}

/** How the API is reached now. */
export interface Connection {
  /** Base address, possibly with a path. */
  readonly server: string;
  /** Who is asking, among others; secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Connections of requests, bounded in number. */
  readonly requests: Dispatcher;
  /** Connections of streams, which stay for minutes and must not take the place of requests. */
  readonly streams: Dispatcher;
}

/** Says how the API is reached now, with credentials as they are now; rejects when they cannot be read. */
export type Connect = () => Promise<Connection>;

/** A request to the API that is on its way. */
export interface Departure {
  readonly method: KubernetesRequest["method"];
  /** Host and port, without the standard one. */
  readonly host: string;
  /** Without what a base address adds to it. */
  readonly path: string;
}

/**
 * Is told of each request and each watch when it is sent. What it returns is called when the answer begins, with its HTTP
 * status, or with undefined when there is none.
 */
export type ObserveExchange = (departure: Departure) => (status: number | undefined) => void;

/** Makes a client; credentials are asked for anew with each request. By default nobody is told of requests. */
export function createKubernetesClient(
  connect: Connect,
  observe: ObserveExchange = () => () => undefined,
): KubernetesClient {
  return {
    request: async (request) => {
      try {
        return await exchange(await connect(), request, observe);
      } catch (thrown) {
        return fail(failureFromThrown(thrown));
      }
    },
    stream: async (stream) => {
      try {
        return await open(await connect(), stream, observe);
      } catch (thrown) {
        return fail(failureFromThrown(thrown));
      }
    },
  };
}

async function exchange(
  { server, headers, requests }: Connection,
  { method, path, query, body, accept = "application/json", timeoutMs, signal }: KubernetesRequest,
  observe: ObserveExchange,
): Promise<Result<KubernetesAnswer, KubernetesFailure>> {
  const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
  const end = observe({ method, host: new URL(server).host, path });
  const sent = requests.request({
    ...address(server, path, query),
    method,
    headers: { ...headers, accept, ...(body === undefined ? {} : { "content-type": contentType(method) }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  const answer = await observed(sent, end);
  return answer.statusCode < 300
    ? ok({ status: answer.statusCode, body: parse(await answer.body.text()), ...dateOf(answer) })
    : fail(await refusal(answer));
}

async function open(
  { server, headers, streams }: Connection,
  { path, query, accept = "application/json", timeoutMs, idleTimeoutMs, signal }: KubernetesStream,
  observe: ObserveExchange,
): Promise<Result<AsyncIterable<Result<unknown, KubernetesFailure>>, KubernetesFailure>> {
  const end = observe({ method: "GET", host: new URL(server).host, path });
  const sent = streams.request({
    ...address(server, path, query),
    method: "GET",
    headers: { ...headers, accept },
    headersTimeout: timeoutMs,
    bodyTimeout: idleTimeoutMs,
    signal,
  });
  const answer = await observed(sent, end);
  return answer.statusCode < 300 ? ok(readLines(answer.body, signal)) : fail(await refusal(answer));
}

async function observed(
  sent: Promise<Dispatcher.ResponseData>,
  end: ReturnType<ObserveExchange>,
): Promise<Dispatcher.ResponseData> {
  try {
    const answer = await sent;
    end(answer.statusCode);
    return answer;
  } catch (thrown) {
    end(undefined);
    throw thrown;
  }
}

function address(server: string, path: string, query: Readonly<Record<string, string>> = {}) {
  const { origin, pathname } = new URL(server);
  const search = new URLSearchParams(query).toString();
  return { origin, path: `${pathname.replace(/\/$/u, "")}${path}${search === "" ? "" : `?${search}`}` };
}

function dateOf({ headers: { date } }: Dispatcher.ResponseData): Pick<KubernetesAnswer, "dateMs"> {
  const dateMs = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return Number.isNaN(dateMs) ? {} : { dateMs };
}

function contentType(method: KubernetesRequest["method"]): string {
  return method === "PATCH" ? "application/merge-patch+json" : "application/json";
}

async function refusal({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<KubernetesFailure> {
  const retryAfter = headers["retry-after"];
  const text = await body.text();
  return failureFromStatus(statusCode, parse(text), typeof retryAfter === "string" ? retryAfter : undefined);
}

/** Proxies on the way answer HTML; what is no JSON counts as nothing. */
function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
