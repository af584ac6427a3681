import { constants } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerOptions as HttpOptions, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { fail, ok, type Result } from "../result.ts";
import type { KeyPair } from "./certificates.ts";
import { answerClientError, answerConnect } from "./client-error.ts";
import { parseBundle, type ReadTrust, type TrustAnchors } from "./trust-anchors.ts";

/** How to listen and how to stop. */
export interface ServerOptions {
  readonly listener: RequestListener;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly keyPair: KeyPair;
  readonly readTrust: ReadTrust;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's cipher list; undefined for Node's. */
  readonly ciphers: string | undefined;
  /** Called when stopping begins; must make `/readyz` fail. */
  readonly beginShutdown: () => void;
  /** How long to serve on while `/readyz` fails, so that others notice before connections are refused. */
  readonly shutdownDelayMs: number;
  /** How long running requests may take after that. */
  readonly drainMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Called for each connection whose TLS handshake fails; default nothing. */
  readonly onTlsFailure?: () => void;
  /** How long a client may take to send the headers of a request; default 32 s, as in k8s.io/apiserver. */
  readonly headersMs?: number;
}

/** A running HTTPS server. */
export interface ApiServer {
  /** Listens; the port, or why that is not possible. */
  readonly start: () => Promise<Result<number, string>>;
  /** New connections get this certificate; open ones keep theirs. Throws when key and certificate do not match. */
  readonly replaceCertificate: (keyPair: KeyPair) => void;
  /**
   * Fails `/readyz`, serves on for the delay with answers that end their connections, stops listening, drains. Ends at the
   * latest after both times together.
   */
  readonly stop: () => Promise<void>;
}

/** Connections of the aggregator idle up to 90 s; a server that closes them earlier races with its next request. */
const keepAliveMs = 120_000;

const httpOptions = {
  keepAliveTimeout: keepAliveMs,
  requestTimeout: 60_000,
  handshakeTimeout: 10_000,
  // Whoever leaves out the host gets an answer like everybody else.
  requireHostHeader: false,
  // A user with hundreds of groups has that many header lines; above the limit of lines Node drops the rest silently.
  maxHeaderSize: 1_048_576,
  ALPNProtocols: ["http/1.1"],
  // Certificates are asked for and judged per request (peer.ts), because tokens and anonymous probes need none.
  requestCert: true,
  rejectUnauthorized: false,
};

/** Builds an HTTPS server for HTTP/1.1 that asks for client certificates and takes every client. */
export function createApiServer(options: ServerOptions): ApiServer {
  const { readTrust, drainMs, sleep } = options;
  const active = new Set<ServerResponse>();
  let { keyPair } = options;
  let trust = readTrust();
  let closing = false;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    active.add(response);
    response.on("close", () => active.delete(response));
    response.shouldKeepAlive &&= !closing;
    options.listener(request, response);
  }

  const server = createHttpsServer(
    { ...httpOptions, ...headersWithin(options), ...secureContext(keyPair, trust, options) },
    serve,
  );
  server.maxHeadersCount = 0;
  // Without this Node answers 417 by itself, without a body.
  server.on("checkExpectation", serve);
  server.on("connect", answerConnect);
  server.on("clientError", answerClientError);
  server.on("tlsClientError", () => options.onTlsFailure?.());

  function applyContext(): void {
    server.setSecureContext(secureContext(keyPair, trust, options));
  }

  // Before the handshake, so that the client is told the names of the authorities that count now.
  server.prependListener("connection", () => {
    const latest = readTrust();
    if (latest === trust) return;
    trust = latest;
    applyContext();
  });

  return {
    start: () => listen(server, options),
    replaceCertificate: (next) => {
      keyPair = next;
      applyContext();
    },
    stop: async () => {
      options.beginShutdown();
      // A connection that is closed without an answer may have the next request on its way, which is then lost; so each is
      // ended by an answer while there is time, and its client goes where new connections go.
      closing = true;
      for (const response of active) response.shouldKeepAlive = false;
      await sleep(options.shutdownDelayMs);
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await Promise.race([closed, sleep(drainMs)]);
      server.closeAllConnections();
    },
  };
}

/** Counted from the first byte of a request on, so that idle connections are not concerned. */
function headersWithin({ headersMs = 32_000 }: ServerOptions): HttpOptions {
  return { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(headersMs, 5_000) };
}

function secureContext(
  { certPem, keyPem }: KeyPair,
  { clientCa = "", requestHeader }: TrustAnchors,
  { minVersion, ciphers }: ServerOptions,
): SecureContextOptions {
  return {
    cert: certPem,
    key: keyPem,
    // Without `ca`, Node would trust the public authorities of the web.
    ca: parseBundle(`${clientCa}\n${requestHeader?.ca ?? ""}`).map(String),
    minVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

async function listen(server: Server, { address, port }: ServerOptions): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(fail(`Cannot listen on "${address}:${port}": ${error.message}`)));
    server.listen(port, address, () => {
      // A TCP server always has an address of this kind.
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}
