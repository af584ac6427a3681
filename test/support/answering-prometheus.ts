import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What a Prometheus says. */
export interface Answers {
  /** Labels of the series that each selector finds; one that is missing finds none. */
  readonly series?: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  /** Samples by query; one that is missing has none. A text is the error of a query that is refused. */
  readonly queries?: Readonly<Record<string, readonly AnsweredSample[] | string>>;
}

/** Labels and a value. */
export type AnsweredSample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A Prometheus that answers what a test says. */
export interface AnsweringPrometheus extends AsyncDisposable {
  readonly url: string;
  /** Selectors and queries, in the order in which they came. */
  readonly asked: readonly string[];
}

/** Starts on a free port of loopback. */
export async function startAnsweringPrometheus({ series = {}, queries = {} }: Answers): Promise<AnsweringPrometheus> {
  const asked: string[] = [];

  function answer(path: string, form: URLSearchParams): object | string {
    const question = form.get(path.endsWith("/series") ? "match[]" : "query") ?? "";
    asked.push(question);
    if (path.endsWith("/series")) return series[question] ?? [];
    if (question === "vector(1)") return vector([[{}, 1]]);
    const found = queries[question] ?? [];
    return typeof found === "string" ? found : vector(found);
  }

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://prometheus");
      const said = answer(pathname, new URLSearchParams(`${searchParams.toString()}&${body}`));
      const [code, document] =
        typeof said === "string"
          ? [400, { status: "error", errorType: "bad_data", error: said }]
          : [200, { status: "success", data: said }];
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function vector(samples: readonly AnsweredSample[]): object {
  return {
    resultType: "vector",
    result: samples.map(([metric, value]) => ({
      metric,
      value: [1_700_000_000, value === Infinity ? "+Inf" : String(value)],
    })),
  };
}
