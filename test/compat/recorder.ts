import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { FrozenPrometheus, PrometheusAnswer } from "./frozen-prometheus.ts";

/** A question to Prometheus, as it was written. */
export interface Asked {
  readonly path: string;
  /** The PromQL of a query, or the selector of a list of series. */
  readonly text: string;
  /** `start` of a list of series, in milliseconds before now; absent otherwise. */
  readonly startAgoMs?: number;
}

/** Stands between one program and Prometheus and writes down what is asked. */
export interface Recorder extends AsyncDisposable {
  /** Where the program is to find Prometheus. */
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly asked: () => readonly Asked[];
  /** How many lists of series Prometheus has refused. */
  readonly refusedLists: () => number;
  /** How many questions are waiting for their answer. */
  readonly waiting: () => number;
  /** Answers queries with this from here on, or, with undefined, as Prometheus does. */
  readonly pretend: (answer: PrometheusAnswer | "reset" | undefined) => void;
}

/** Parameters that say when, how long or how much; the moment is the frozen one's, whatever they say. */
const withoutMeaning = ["time", "timeout", "start", "end"];
/** VictoriaMetrics' own, which Prometheus ignores. */
const unknownToPrometheus = ["latency_offset", "nocache"];

/** Starts a recorder on loopback. */
export async function startRecorder(prometheus: FrozenPrometheus): Promise<Recorder> {
  const asked: Asked[] = [];
  let waiting = 0;
  let refusedLists = 0;
  let pretended: PrometheusAnswer | "reset" | undefined;

  async function answer(incoming: IncomingMessage): Promise<PrometheusAnswer | "reset"> {
    const { pathname: path, searchParams } = new URL(incoming.url ?? "/", "http://localhost");
    const parameters = new URLSearchParams([...searchParams, ...new URLSearchParams(await text(incoming))]);
    asked.push(writeDown(path, parameters));
    if (pretended !== undefined && path === "/api/v1/query") return pretended;
    for (const name of [...withoutMeaning, ...unknownToPrometheus]) parameters.delete(name);
    parameters.sort();
    const given = await prometheus.ask({ path, parameters: parameters.toString() });
    if (path === "/api/v1/series" && given.code !== 200) refusedLists += 1;
    return given;
  }

  const server = createServer((incoming, response) => {
    waiting += 1;
    answer(incoming)
      .then((given) => {
        if (given === "reset") return incoming.socket.destroy();
        return response.writeHead(given.code, { "content-type": "application/json" }).end(given.body);
      })
      .catch((thrown: unknown) => response.writeHead(502).end(String(thrown)))
      .finally(() => {
        waiting -= 1;
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    refusedLists: () => refusedLists,
    waiting: () => waiting,
    pretend: (given) => {
      pretended = given;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function writeDown(path: string, parameters: URLSearchParams): Asked {
  const start = parameters.get("start");
  return {
    path,
    text: parameters.get("query") ?? parameters.getAll("match[]").join(" "),
    ...(start === null ? {} : { startAgoMs: Date.now() - Number(start) * 1_000 }),
  };
}
