import { setTimeout as delay } from "node:timers/promises";

/** What a Node process tells of itself from within (Chrome DevTools protocol). */
export interface Inspector extends AsyncDisposable {
  /** The value of an expression, which must be plain data. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** A full collection, so that what is left is in use. */
  readonly collectGarbage: () => Promise<void>;
}

const answersWithinMs = 10_000;

/** Connects to a process that was started with `--inspect=127.0.0.1:PORT`. Rejects when it does not answer. */
export async function connectInspector(port: number): Promise<Inspector> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly Target[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? "");
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("error", () => opened.reject(new Error(`Cannot inspect the process at port ${port}`)));
  await opened.promise;

  let asked = 0;
  async function ask(method: string, params: object = {}): Promise<Answer> {
    const id = (asked += 1);
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const late = delay(answersWithinMs, undefined, { ref: false });
    const answer = await Promise.race([answered, late]);
    if (answer?.error !== undefined || answer?.result?.exceptionDetails !== undefined || answer === undefined) {
      throw new Error(`Cannot ask the process at port ${port} for ${method}: ${JSON.stringify(answer ?? "no answer")}`);
    }
    return answer;
  }
  return {
    evaluate: async (expression) =>
      (await ask("Runtime.evaluate", { expression, returnByValue: true })).result?.result?.value,
    collectGarbage: async () => {
      await ask("HeapProfiler.collectGarbage");
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      return Promise.resolve();
    },
  };
}

interface Target {
  readonly webSocketDebuggerUrl: string;
}

interface Answer {
  readonly id: number;
  readonly error?: object;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: object };
}
