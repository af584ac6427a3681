import type { TLSSocket } from "node:tls";
import { openConnection } from "./raw-client.ts";

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly code: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Sends requests as they are, one at a time, on a connection that it keeps as long as it can. */
export interface WireClient {
  /** The first final answer to these bytes; undefined when the connection ends, or two seconds pass, without one. */
  readonly ask: (
    bytes: string,
    options: { readonly hasBody: boolean; readonly keep: boolean },
  ) => Promise<WireAnswer | undefined>;
  readonly close: () => void;
}

const patienceMs = 2_000;

/** Makes a client of a server on loopback. */
export function createWireClient(port: number): WireClient {
  let kept: TLSSocket | undefined;

  async function connected(): Promise<TLSSocket> {
    const socket = kept?.writable === true ? kept : await openConnection(port);
    kept = socket;
    return socket;
  }

  return {
    ask: async (bytes, { hasBody, keep }) => {
      const socket = await connected();
      const answer = await exchange(socket, bytes, hasBody);
      if (!keep || answer === undefined || answer.headers.get("connection") === "close") {
        socket.destroy();
        kept = undefined;
      }
      return answer;
    },
    close: () => kept?.destroy(),
  };
}

async function exchange(socket: TLSSocket, bytes: string, hasBody: boolean): Promise<WireAnswer | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => done(undefined), patienceMs);
    function done(answer: WireAnswer | undefined): void {
      clearTimeout(timer);
      socket.off("data", onData).off("close", onClose);
      resolve(answer);
    }
    function onClose(): void {
      done(undefined);
    }
    function onData(chunk: Buffer): void {
      received = Buffer.concat([received, chunk]);
      const answer = readAnswer(received, hasBody);
      if (answer !== undefined) done(answer);
    }
    socket.removeAllListeners("error").on("error", () => undefined);
    socket.on("data", onData).on("close", onClose);
    socket.write(bytes, "latin1");
  });
}

/** Undefined while the answer is not complete. */
function readAnswer(received: Buffer, hasBody: boolean): WireAnswer | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = received.subarray(0, end).toString("latin1").split("\r\n");
  const code = Number(/^HTTP\/1\.1 (\d{3}) /u.exec(first)?.[1]);
  if (code === 100) return readAnswer(received.subarray(end + 4), hasBody);
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = hasBody && code !== 304 ? Number(headers.get("content-length")) : 0;
  const body = received.subarray(end + 4);
  return body.length < length ? undefined : { code, headers, body: body.subarray(0, length) };
}
