import type { MetricError } from "../naming/metric-error.ts";
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

/** The result of a query, by the type of its expression. */
export type QueryAnswer =
  | { readonly type: "vector" | "matrix"; readonly series: readonly Series[] }
  | { readonly type: "scalar"; readonly point: Point }
  | { readonly type: "string" };

/**
 * What becomes of an answer that warns, or says itself that something is missing. What is missing would read as if it did
 * not exist, so only who has to take it for an answer accepts it.
 */
export type PartialAnswers = "accept" | "refuse";

/** The Prometheus HTTP API's envelope (https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview). */
export interface Envelope {
  readonly status?: unknown;
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly warnings?: unknown;
  /** VictoriaMetrics: some of the storage nodes did not answer. */
  readonly isPartial?: unknown;
  readonly data?: unknown;
}

/** Reads an answer to a query; `status` is the HTTP status. */
export function decodeAnswer(
  status: number,
  text: string,
  partialAnswers: PartialAnswers,
): Result<QueryAnswer, MetricError> {
  const envelope = parse(text);
  if (envelope === undefined) return unreachable(`HTTP ${status}, not the JSON of the Prometheus API`);
  const data = decodeEnvelope(status, envelope, partialAnswers);
  return data.ok ? decodeData(data.value) : data;
}

/** Tells an answer from an error, and gives the answer's data. */
export function decodeEnvelope(
  status: number,
  envelope: Envelope,
  partialAnswers: PartialAnswers,
): Result<unknown, MetricError> {
  if (envelope.status !== "success") {
    const detail = `HTTP ${status}: ${excerpt(`${String(envelope.errorType)}: ${String(envelope.error)}`)}`;
    return status === 400 || status === 422 ? rejected(detail) : unreachable(detail);
  }
  if (status !== 200) return unreachable(`HTTP ${status}, and success in the answer`);
  if (partialAnswers === "accept") return ok(envelope.data);
  if (envelope.isPartial === true) return rejected("partial answer");
  if (hasWarnings(envelope)) return rejected(`warnings: ${excerpt(JSON.stringify(envelope.warnings))}`);
  return ok(envelope.data);
}

function decodeData(data: unknown): Result<QueryAnswer, MetricError> {
  const { resultType, result } = (isObject(data) ? data : {}) as {
    readonly resultType?: unknown;
    readonly result?: unknown;
  };
  if (resultType === "string") return ok({ type: "string" });
  if (resultType === "scalar") {
    const point = toPoint(result);
    return point === undefined ? rejected("a scalar that is no number") : ok({ type: "scalar", point });
  }
  if (!isSeriesType(resultType) || !Array.isArray(result)) return rejected("no result that is a vector or a matrix");
  const read = resultType === "vector" ? fromVector : fromMatrix;
  const series = result.map((each: unknown) => (isObject(each) ? read(each) : undefined));
  return series.every((each) => each !== undefined)
    ? ok({ type: resultType, series })
    : rejected(`a ${resultType} with samples that are not numbers, or labels that are not text`);
}

function isSeriesType(type: unknown): type is "vector" | "matrix" {
  return type === "vector" || type === "matrix";
}

/** Whatever stands there, only nothing and an empty list say that there are none. */
function hasWarnings({ warnings = null }: Envelope): boolean {
  return warnings !== null && !(Array.isArray(warnings) && warnings.length === 0);
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
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
