import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Stands between the adapter and a backend with a past, and takes the adapter to any moment of it. */
export interface TimeMachine extends AsyncDisposable {
  /**
   * A backend whose now is always that moment, in milliseconds since the Unix epoch. Figures that follow the clock are
   * the same each time, however long a test takes.
   */
  readonly at: (nowMs: number) => string;
}

/** Starts one. It passes questions on with a time of evaluation, which the adapter never gives itself. */
export async function startTimeMachine(target: string): Promise<TimeMachine> {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, nowMs, path] = /^\/at\/(\d+)(\/.+)$/u.exec(request.url ?? "") ?? [];
    const form = new URLSearchParams(await text(request));
    form.set("time", String(Number(nowMs) / 1_000));
    const answered = await fetch(`${target}${path}`, { method: "POST", body: form });
    response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    at: (nowMs) => `${url}/at/${nowMs}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
