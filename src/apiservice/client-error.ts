import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** An HTTP code, its phrase, and the Status reason. */
type Refusal = readonly [code: number, phrase: string, reason: string];

/** What Node's HTTP parser refuses. */
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "RequestHeaderFieldsTooLarge"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "Timeout"],
};

/** How long a client may take to hear why; its own words are not listened to meanwhile. */
const lingerMs = 1_000;

/** Answers what is not HTTP with a Status, and closes the connection. For the `clientError` event of a server. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  // What a client goes on sending after its answer is an error of its own. Closing at once would take the answer back:
  // TCP resets a connection with bytes that nobody has read.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
  else refuse(socket, refusals[error.code ?? ""] ?? [400, "Bad Request", "BadRequest"]);
}

/** Answers a client that takes this for a proxy. For the `connect` event of a server. */
export function answerConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  refuse(socket, [405, "Method Not Allowed", "MethodNotAllowed"]);
}

function refuse(socket: Duplex, [code, phrase, reason]: Refusal): void {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: phrase, reason, code };
  const body = `${JSON.stringify(status)}\n`;
  const head = `HTTP/1.1 ${code} ${phrase}\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.on("close", () => clearTimeout(timer)).resume();
}
