import type { Duplex } from "node:stream";

/** The HTTP code, phrase and Status reason of what Node's HTTP parser refuses. */
const answers: Readonly<Record<string, readonly [code: number, phrase: string, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "RequestHeaderFieldsTooLarge"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "Timeout"],
};

/** Answers what is not HTTP with a Status, and closes the connection. For the `clientError` event of a server. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [code, phrase, reason] = answers[error.code ?? ""] ?? [400, "Bad Request", "BadRequest"];
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: phrase, reason, code };
  const body = `${JSON.stringify(status)}\n`;
  const head = `HTTP/1.1 ${code} ${phrase}\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
