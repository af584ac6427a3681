import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An answer of Prometheus' HTTP API before it is sent. */
export interface Said {
  readonly code: number;
  readonly body: string;
}

/** What is asked: when samples were taken, when virtual machines were last seen, or a figure. */
export type Question = "samples" | "times" | "values";

/** What becomes of a good answer on its way; undefined for no answer at all. */
export type Mangle = (good: Said, question: Question) => Said | undefined | Promise<Said | undefined>;

/** A Prometheus that knows some virtual machines, each with samples of all KubeVirt's series, and can fail in any way. */
export interface ScriptedPrometheus extends AsyncDisposable {
  readonly url: string;
  readonly become: (mangle: Mangle) => void;
  /** How many questions have come, and how many connections are open. */
  readonly questions: () => number;
  readonly connections: () => number;
}

/** A virtual machine that Prometheus knows. */
export interface Subject {
  readonly namespace: string;
  readonly name: string;
}

/** The value of everything, and the time between two samples in seconds. */
const [value, interval] = ["1.5", 15];

/** Starts on a free port of loopback. It does not read PromQL: it tells questions apart by how they begin. */
export async function startScriptedPrometheus(subjects: readonly Subject[]): Promise<ScriptedPrometheus> {
  let mangle: Mangle = (good) => good;
  let questions = 0;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const expr = new URLSearchParams(await text(request)).get("query") ?? "";
    questions += 1;
    const good = { code: 200, body: JSON.stringify({ status: "success", data: answerTo(expr, subjects) }) };
    const said = await mangle(good, questionIn(expr));
    if (said === undefined) response.destroy();
    else response.writeHead(said.code, { "content-type": "application/json" }).end(said.body);
  }

  const server = createServer((request, response) => void answer(request, response));
  const connections = new Set();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become: (next) => {
      mangle = next;
    },
    questions: () => questions,
    connections: () => connections.size,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function questionIn(expr: string): Question {
  if (expr.endsWith("]") || expr.startsWith("topk")) return "samples";
  return expr.includes("avg_over_time(") || expr.includes("last_over_time(") ? "values" : "times";
}

function answerTo(expr: string, subjects: readonly Subject[]): object {
  const now = Date.now() / 1_000;
  const known = expr.includes("kubevirt_") ? subjects : [];
  if (expr.endsWith("]")) {
    const values = Array.from({ length: 40 }, (_, index) => [now - 5 - (39 - index) * interval, value]);
    return { resultType: "matrix", result: known.slice(0, 1).map((metric) => ({ metric, values })) };
  }
  if (expr.startsWith("topk")) {
    return { resultType: "vector", result: known.slice(0, 1).map((metric) => ({ metric, value: [now, "40"] })) };
  }
  const figure = questionIn(expr) === "values" ? value : String(now - 5);
  return { resultType: "vector", result: known.map((metric) => ({ metric, value: [now, figure] })) };
}
