import { PrometheusDriver } from "prometheus-query";
import type { MetricError } from "../naming/metric-error.ts";
import type { PromQL } from "../promql/expression.ts";
import { fail, ok, type Result } from "../result.ts";
import { decodeAnswer, type QueryAnswer, type Series } from "./prometheus-answer.ts";
import { createPrometheusHttp, type PrometheusOptions, readText } from "./prometheus-http.ts";

export type { PrometheusOptions, Series };

/** Evaluates an expression now. Never rejects: faults of the network and of the server come back as errors. */
export type QueryInstant = (expr: PromQL) => Promise<Result<readonly Series[], MetricError>>;

/**
 * The only function that knows the prometheus-query package. The package speaks the HTTP API; the transfer is done
 * here, because its own has no deadline for the body and no bound for its size, follows `HTTP_PROXY`, sends this
 * machine's clock as the evaluation time and reads "+Inf" as NaN.
 */
export function createPrometheus(options: PrometheusOptions): QueryInstant {
  const query = createQuery(options, "refuse");
  return async (expr) => {
    const answer = await query(expr);
    if (!answer.ok) return answer;
    return "series" in answer.value
      ? ok(answer.value.series)
      : fail({ kind: "backendRejected", detail: `a ${answer.value.type} instead of a vector or a matrix` });
  };
}

/** Evaluates whatever somebody has written, be it PromQL or not. Never rejects. */
export type QueryText = (query: string) => Promise<Result<QueryAnswer, MetricError>>;

/** Asks a Prometheus, over a pool of connections of its own. */
export function createQuery(options: PrometheusOptions, partialAnswers: "accept" | "refuse"): QueryText {
  const ask = createPrometheusHttp(options);
  const driver = new PrometheusDriver({
    endpoint: options.url,
    requestInterceptor: {
      onFulfilled: <T extends object>(config: T): T => ({ ...config, adapter: transfer }),
      onRejected: (thrown: unknown) => Promise.reject(asError(thrown)),
    },
  });

  /** Answers the package in its own terms: result type "string" is passed on to the caller untouched. */
  async function transfer(call: Call): Promise<object> {
    const result = await ask({ path: "query", form: formOf(call) }, async ({ status, body }) =>
      decodeAnswer(status, await readText(body, options.maxBytes), partialAnswers),
    );
    return {
      data: { status: "success", data: { resultType: "string", result } },
      status: 200,
      headers: {},
      config: call,
    };
  }

  return async (query) => {
    try {
      const answer = (await driver.instantQuery(query)) as unknown as {
        readonly result: Result<QueryAnswer, MetricError>;
      };
      return answer.result;
    } catch (thrown) {
      return fail({ kind: "backendUnavailable", detail: asError(thrown).message });
    }
  };
}

/** What the package hands to its transport: an axios request with its form. */
interface Call {
  readonly params?: URLSearchParams;
}

/** The question without a time: Prometheus evaluates it at its own now. */
function formOf({ params }: Call): URLSearchParams {
  const form = new URLSearchParams([...(params ?? [])]);
  form.delete("time");
  // VictoriaMetrics answers as of half a minute ago unless it is told not to; others do not know the parameter.
  form.set("latency_offset", "1ms");
  return form;
}

/** The package throws plain objects and strings. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : JSON.stringify(thrown));
}
