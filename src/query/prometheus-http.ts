import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import type { MetricError } from "../naming/metric-error.ts";
import { fail, type Result } from "../result.ts";

/** How a Prometheus is reached. */
export interface PrometheusOptions {
  /** Base address, such as `https://prometheus.monitoring:9090`. Its query goes along with every question. */
  readonly url: string;
  /** A question that is too long for the address of a GET is sent as a POST all the same. */
  readonly method: "GET" | "POST";
  /** Sent with every question; several values are several header lines. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The Authorization header; asked for every time, because tokens rotate. Undefined without authentication. */
  readonly authorization: () => Promise<string | undefined>;
  /** PEM; absent means the system's trust store and no client certificate. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** How long a question may take in all, in milliseconds. */
  readonly timeoutMs: number;
  /** The largest answer that is read as a whole, in bytes. */
  readonly maxBytes: number;
  /** Questions under way at once; further ones wait. */
  readonly connections: number;
  /** Default: nobody is told. */
  readonly observe?: ObserveQuestion;
}

/**
 * Is told of the path of each question when it is sent. What it returns is called with the HTTP status of an answer that was
 * read to its end, or with undefined when there is none.
 */
export type ObserveQuestion = (path: string) => (status: number | undefined) => void;

/** An answer whose body is still to be read. */
export interface HttpAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
}

/** A question to Prometheus' HTTP API. */
export interface Question {
  /** Below `/api/v1/`. */
  readonly path: "query" | "series";
  readonly form: URLSearchParams;
  /** In place of the one in the options, in milliseconds. */
  readonly timeoutMs?: number;
  /** Ends the question early. */
  readonly signal?: AbortSignal;
}

/**
 * Asks, and reads the answer within the same deadline. Never rejects: whatever the network or `read` throws comes back as
 * an error.
 */
export type AskPrometheus = <T>(
  question: Question,
  read: (answer: HttpAnswer) => Promise<Result<T, MetricError>>,
) => Promise<Result<T, MetricError>>;

/** Eight kilobytes is what common proxies take as the first line of a request; headroom is left for the address. */
const maxGetLength = 6_000;

/** Opens a pool of connections to a Prometheus; nothing is connected yet. */
export function createPrometheusHttp(options: PrometheusOptions): AskPrometheus {
  const agent = new Agent({ connections: options.connections, connect: { ...options.tls } });
  const base = new URL(options.url);
  const root = `${base.origin}${base.pathname}`.replace(/\/+$/u, "");

  return async (question, read) => {
    const post = options.method === "POST" || question.form.toString().length > maxGetLength;
    const search = new URLSearchParams([...base.searchParams, ...(post ? [] : question.form)]).toString();
    const deadline = AbortSignal.timeout(question.timeoutMs ?? options.timeoutMs);
    const signal = question.signal === undefined ? deadline : AbortSignal.any([deadline, question.signal]);
    let end: ReturnType<ObserveQuestion> | undefined;
    try {
      const authorization = await before(signal, options.authorization());
      end = options.observe?.(`/api/v1/${question.path}`);
      const { statusCode, body } = await request(
        `${root}/api/v1/${question.path}${search === "" ? "" : `?${search}`}`,
        {
          method: post ? "POST" : "GET",
          dispatcher: agent,
          signal,
          headers: {
            ...options.headers,
            accept: "application/json",
            ...(post ? { "content-type": "application/x-www-form-urlencoded" } : {}),
            ...(authorization === undefined ? {} : { authorization }),
          },
          ...(post ? { body: question.form.toString() } : {}),
        },
      );
      const answer = await read({ status: statusCode, body });
      end?.(statusCode);
      return answer;
    } catch (thrown) {
      end?.(undefined);
      return fail(deadline.aborted ? { kind: "timedOut" } : { kind: "backendUnavailable", detail: describe(thrown) });
    }
  };
}

/** Rejects when `signal` is aborted first, as a file on a dead network may never be read. */
async function before<T>(signal: AbortSignal, task: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(new Error("no credentials within the deadline")), { once: true });
  return Promise.race([task, promise]);
}

/** Reads a body as a whole. Throws when it is longer than `maxBytes`. */
export async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`Cannot read the answer: longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  await delay(0); // a large answer is parsed in a turn of its own
  return Buffer.concat(chunks).toString("utf8");
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? `${thrown.message}: ${thrown.cause.message}` : thrown.message;
}
