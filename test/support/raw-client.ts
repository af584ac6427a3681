import { connect, type TLSSocket } from "node:tls";

/** Opens a connection to a server on loopback, whatever its certificate. */
export async function openConnection(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes as they are; all that comes back until the server closes the connection. */
export async function converse(port: number, sent: string): Promise<string> {
  const socket = await openConnection(port);
  return new Promise((resolve) => {
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    socket.removeAllListeners("error").on("error", () => undefined);
    socket.on("close", () => resolve(received));
    socket.write(sent, "latin1");
  });
}

/** The code and the body of the last answer in a conversation. */
export function lastAnswer(received: string): { readonly code: number; readonly body: string } {
  const last = received.slice(Math.max(0, received.lastIndexOf("HTTP/1.1 ")));
  return { code: Number(last.slice(9, 12)), body: last.slice(last.indexOf("\r\n\r\n") + 4) };
}
