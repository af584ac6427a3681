import { setTimeout as delay } from "node:timers/promises";
import { PrometheusDriver } from "prometheus-query";
import { Agent, request } from "undici";
import type { MetricError } from "../naming/metric-error.ts";
import type { PromQL } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";

/** A value and when it was taken, or for an instant vector when it was evaluated. */
export interface Point {
  /** Milliseconds since the Unix epoch, by the clock of Prometheus. */
  readonly timestampMs: number;
  /** NaN and infinities are possible. */
  readonly value: number;
}

/** One series of an answer. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One point in an instant vector; in time order when a range was asked for. */
  readonly points: readonly Point[];
}

/** Evaluates an expression now. Never rejects: faults of the network and of the server come back as errors. */
export type QueryInstant = (expr: PromQL) => Promise<Result<readonly Series[], MetricError>>;

/**
 * Is told of the path of each question when it is sent. What it returns is called with the HTTP status of an answer that was
 * read to its end, or with undefined when there is none.
 */
export type ObserveQuestion = (path: string) => (status: number | undefined) => void;

export interface PrometheusOptions {
  /** Base address, such as `https://prometheus.monitoring:9090`. */
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Sent with every question. */
  readonly headers: Readonly<Record<string, string>>;
  /** The Authorization header; asked for every time, because tokens rotate. Undefined without authentication. */
  readonly authorization: () => Promise<string | undefined>;
  /** PEM; absent means the system's trust store and no client certificate. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** How long a question may take in all, in milliseconds. */
  readonly timeoutMs: number;
  /** The largest answer that is read, in bytes. */
  readonly maxBytes: number;
  /** Questions under way at once; further ones wait. */
  readonly connections: number;
  /** Default: nobody is told. */
  readonly observe?: ObserveQuestion;
}

/**
 * The only function that knows the prometheus-query package. The package speaks the HTTP API; the transfer is done
 * here, because its own has no deadline for the body and no bound for its size, follows `HTTP_PROXY`, sends this
 * machine's clock as the evaluation time and reads "+Inf" as NaN.
 */
export function createPrometheus(options: PrometheusOptions): QueryInstant {
  const agent = new Agent({ connections: options.connections, connect: { ...options.tls } });
  const driver = new PrometheusDriver({
    endpoint: options.url,
    preferPost: options.method === "POST",
    requestInterceptor: {
      onFulfilled: <T extends object>(config: T): T => ({
        ...config,
        adapter: (call: Call) => transfer(call, options, agent),
      }),
      onRejected: (thrown: unknown) => Promise.reject(asError(thrown)),
    },
  });
  return async (expr) => {
    try {
      const answer = (await driver.instantQuery(expr)) as unknown as {
        readonly result: Result<readonly Series[], MetricError>;
      };
      return answer.result;
    } catch (thrown) {
      return fail({ kind: "backendUnavailable", detail: describe(thrown) });
    }
  };
}

/** What the package hands to its transport: an axios request. */
interface Call {
  readonly baseURL: string;
  readonly url: string;
  readonly method: string;
  /** The form of a GET; empty for a POST. */
  readonly params?: URLSearchParams;
  /** The form of a POST, already written. */
  readonly data?: string;
}

/** Answers the package in its own terms: result type "string" is passed on to the caller untouched. */
async function transfer(call: Call, options: PrometheusOptions, agent: Agent): Promise<object> {
  const result = await exchange(call, options, agent);
  return {
    data: { status: "success", data: { resultType: "string", result } },
    status: 200,
    headers: {},
    config: call,
  };
}

async function exchange(
  call: Call,
  options: PrometheusOptions,
  agent: Agent,
): Promise<Result<readonly Series[], MetricError>> {
  const body = formOf(call);
  const address = `${call.baseURL.replace(/\/$/u, "")}/${call.url.replace(/^\//u, "")}`;
  const post = options.method === "POST";
  const signal = AbortSignal.timeout(options.timeoutMs);
  let end: ReturnType<ObserveQuestion> | undefined;
  try {
    const authorization = await options.authorization();
    end = options.observe?.(`/api/v1/${call.url}`);
    const response = await request(post ? address : `${address}?${body}`, {
      method: options.method,
      dispatcher: agent,
      signal,
      headers: {
        ...options.headers,
        accept: "application/json",
        ...(post ? { "content-type": "application/x-www-form-urlencoded" } : {}),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(post ? { body } : {}),
    });
    const text = await readBody(response.body, options.maxBytes);
    end?.(response.statusCode);
    return decode(response.statusCode, text);
  } catch (thrown) {
    end?.(undefined);
    return fail(signal.aborted ? { kind: "timedOut" } : { kind: "backendUnavailable", detail: describe(thrown) });
  }
}

/** The question without a time: Prometheus evaluates it at its own now. */
function formOf({ params, data }: Call): string {
  const form = new URLSearchParams([...new URLSearchParams(data), ...(params ?? [])]);
  form.delete("time");
  // VictoriaMetrics answers as of half a minute ago unless it is told not to; others do not know the parameter.
  form.set("latency_offset", "1ms");
  return form.toString();
}

async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
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

/** The Prometheus HTTP API's envelope (https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview). */
interface Envelope {
  readonly status?: unknown;
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly warnings?: unknown;
  /** VictoriaMetrics: some of the storage nodes did not answer. */
  readonly isPartial?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/** A partial answer is an error: the part that is missing would read as if it did not exist. */
function decode(status: number, text: string): Result<readonly Series[], MetricError> {
  const envelope = parse(text);
  if (envelope === undefined) return unreachable(`HTTP ${status}, not the JSON of the Prometheus API`);
  if (envelope.status !== "success") {
    const detail = `HTTP ${status}: ${excerpt(`${String(envelope.errorType)}: ${String(envelope.error)}`)}`;
    return status === 400 || status === 422 ? rejected(detail) : unreachable(detail);
  }
  if (status !== 200) return unreachable(`HTTP ${status}, and success in the answer`);
  if (envelope.isPartial === true) return rejected("partial answer");
  if (hasWarnings(envelope)) return rejected(`warnings: ${excerpt(JSON.stringify(envelope.warnings))}`);
  const { resultType, result } = envelope.data ?? {};
  const read = resultType === "vector" ? fromVector : resultType === "matrix" ? fromMatrix : undefined;
  if (read === undefined || !Array.isArray(result)) return rejected("no result that is a vector or a matrix");
  const series = result.map((each: unknown) => (isObject(each) ? read(each) : undefined));
  return series.every((each) => each !== undefined)
    ? ok(series)
    : rejected(`a ${String(resultType)} with samples that are not numbers, or labels that are not text`);
}

/** Whatever stands there, only nothing and an empty list say that there are none. */
function hasWarnings({ warnings = null }: Envelope): boolean {
  return warnings !== null && !(Array.isArray(warnings) && warnings.length === 0);
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly metric?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function fromVector({ metric, value }: Sample): Series | undefined {
  const point = toPoint(value);
  return isLabels(metric) && point !== undefined ? { labels: metric, points: [point] } : undefined;
}

function fromMatrix({ metric, values }: Sample): Series | undefined {
  const points = Array.isArray(values) ? values.map(toPoint) : [undefined];
  return isLabels(metric) && points.every((point) => point !== undefined) ? { labels: metric, points } : undefined;
}

function isLabels(metric: unknown): metric is Labels {
  return isObject(metric) && Object.values(metric).every((value) => typeof value === "string");
}

/** The end of the year 9999, behind which RFC 3339 has no times; in seconds since the Unix epoch. */
const lastSecond = 253_402_300_799;

/** Reads `[1700000000.5, "0.25"]`. */
function toPoint(pair: unknown): Point | undefined {
  if (!Array.isArray(pair)) return undefined;
  const [seconds, text] = pair as readonly unknown[];
  if (typeof seconds !== "number" || seconds < 0 || seconds > lastSecond || typeof text !== "string") return undefined;
  const value = toNumber(text);
  return value === undefined ? undefined : { timestampMs: Math.round(seconds * 1_000), value };
}

/** Numbers as Go writes them (`strconv.FormatFloat`); an empty text would be 0 for JavaScript. */
function toNumber(text: string): number | undefined {
  const infinity = /^([+-]?)Inf$/u.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  return text === "NaN" || /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text) ? Number(text) : undefined;
}

/** The beginning of what the other side says, for the log. */
function excerpt(text: string): string {
  return text.slice(0, 1_000);
}

function unreachable(detail: string): Result<never, MetricError> {
  return fail({ kind: "backendUnavailable", detail });
}

function rejected(detail: string): Result<never, MetricError> {
  return fail({ kind: "backendRejected", detail });
}

/** The package throws plain objects and strings. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describe(thrown));
}

function describe(thrown: unknown): string {
  if (thrown instanceof Error)
    return thrown.cause instanceof Error ? `${thrown.message}: ${thrown.cause.message}` : thrown.message;
  return typeof thrown === "string" ? thrown : JSON.stringify(thrown);
}
