import { type Agent, request } from "node:https";
import type { KeyPair } from "../../src/apiservice/certificates.ts";

/** An answer over HTTPS. */
export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As UTF-8. */
  readonly text: string;
  /** As it came: packed, if the server packed it. */
  readonly body: Buffer;
}

/** How to ask. */
export interface Asking {
  /** Default GET. */
  readonly method?: string;
  /** Names and values in turn, sent as they are. */
  readonly headers?: readonly string[];
  /** The client's certificate. */
  readonly as?: KeyPair;
  /** The address to ask from, of loopback; default 127.0.0.1. */
  readonly from?: string;
  /** Default: a connection for each question. */
  readonly agent?: Agent;
}

/** Asks a server on loopback, whatever its certificate. Rejects when there is no answer. */
export function askApi(
  port: number,
  path: string,
  { method = "GET", headers = [], as, from, agent }: Asking = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        headers: ["Host", "localhost", ...headers],
        rejectUnauthorized: false,
        ...(as === undefined ? {} : { cert: as.certPem, key: as.keyPem }),
        ...(from === undefined ? {} : { localAddress: from }),
        agent: agent ?? false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const body = Buffer.concat(chunks);
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text: body.toString(), body });
        });
      },
    );
    sent.on("error", reject).end();
  });
}

/** Indents JSON as golden files are. */
export function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), undefined, 2)}\n`;
}
