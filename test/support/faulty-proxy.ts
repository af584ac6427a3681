import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Answers a question; `ask` has what Prometheus says. */
type Behaviour = (response: ServerResponse, ask: () => Promise<Answer>) => unknown;

const behaviours = {
  none: async (response, ask) => send(response, await ask()),
  /** The connection is closed instead of an answer. */
  cut: (response) => response.destroy(),
  /** The connection is closed in the middle of the answer. */
  broken: async (response, ask) => breakOff(response, await ask()),
  /** Complete as HTTP, but not as JSON. */
  truncated: async (response, ask) =>
    send(
      response,
      edited(await ask(), (text) => text.slice(0, -2)),
    ),
  /** An error of Prometheus. */
  error: (response) => send(response, { status: 500, text: '{"status":"error","errorType":"internal","error":"oom"}' }),
  /** A proxy's page. */
  page: (response) => send(response, { status: 503, text: "<html>No server is available</html>" }),
  /** A page with code 200, such as one for logging in. */
  login: (response) => send(response, { status: 200, text: "<html>Log in</html>" }),
  /** As from Thanos when a store is missing. */
  warnings: async (response, ask) => send(response, marked(await ask(), { warnings: ["a store did not answer"] })),
  /** As from VictoriaMetrics when a storage node is missing. */
  partial: async (response, ask) => send(response, marked(await ask(), { isPartial: true })),
  /** A good answer, 700 ms late. */
  slow: async (response, ask) => {
    const answer = await ask();
    await delay(700);
    send(response, answer);
  },
} satisfies Readonly<Record<string, Behaviour>>;

/** What goes wrong on the way to Prometheus; `none` for nothing. */
export type Fault = keyof typeof behaviours;

/** Stands between the adapter and Prometheus on loopback. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  readonly become: (fault: Fault) => void;
  /** How many questions have arrived. */
  readonly questions: () => number;
}

/** Starts one that passes on what is asked. A Prometheus that cannot be reached looks like `cut`. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let fault: Fault = "none";
  let questions = 0;
  async function answer({ url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
    questions += 1;
    const behave: Behaviour = behaviours[fault];
    await behave(response, async () => forward(target + url, response));
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become: (next) => {
      fault = next;
    },
    questions: () => questions,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks Prometheus as long as somebody waits for it. */
async function forward(url: string, response: ServerResponse): Promise<Answer> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const answer = await fetch(url, { signal: gone.signal });
  return { status: answer.status, text: await answer.text() };
}

function edited({ status, text }: Answer, edit: (text: string) => string): Answer {
  return { status, text: edit(text) };
}

function marked(answer: Answer, marks: object): Answer {
  return edited(answer, (text) => JSON.stringify({ ...(JSON.parse(text) as object), ...marks }));
}

function begin(response: ServerResponse, { status, text }: Answer): ServerResponse {
  const type = text.startsWith("<") ? "text/html" : "application/json";
  return response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
}

function send(response: ServerResponse, answer: Answer): void {
  begin(response, answer).end(answer.text);
}

function breakOff(response: ServerResponse, answer: Answer): void {
  begin(response, answer).write(answer.text.slice(0, answer.text.length / 2), () => response.destroy());
}
