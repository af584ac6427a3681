import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createCertificateAuthority, issueCertificate } from "../../src/apiservice/certificates.ts";

/** What has arrived. */
export interface RecordedRequest {
  /** Method and path; the method of a watch is `WATCH`. */
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One answer, be it a bad one. */
export type Step = (request: RecordedRequest, response: ServerResponse) => void | Promise<void>;

/** A Kubernetes API server that answers by script and can fail in every way that a real one can. */
export interface ScriptedKubernetes {
  readonly url: string;
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** Path of the file with the authority of the server's certificate; only with TLS. */
  readonly caFile: string;
  readonly requests: readonly RecordedRequest[];
  /** The requests of one route, in order. */
  readonly of: (route: string) => readonly RecordedRequest[];
  /** How many connections have been opened, and how many are open. */
  readonly connections: () => { readonly opened: number; readonly open: number };
  /** Answers `GET /api/v1/pods` or `WATCH /api/v1/pods` with each step in turn; the last goes on. Elsewhere is 404. */
  readonly script: (route: string, ...steps: readonly Step[]) => void;
  /** Breaks all connections and stops. */
  readonly close: () => Promise<void>;
}

/** Starts on a free port of the loopback interface; plain HTTP unless `tls`. */
export async function startScriptedKubernetes({ tls = false } = {}): Promise<ScriptedKubernetes> {
  const steps = new Map<string, readonly Step[]>();
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = record(request, await text(request));
    requests.push(recorded);
    const [step = refuse(404), ...later] = steps.get(recorded.route) ?? [];
    if (later.length > 0) steps.set(recorded.route, later);
    await step(recorded, response);
  }

  const folder = await mkdtemp(join(tmpdir(), "scripted-kubernetes-"));
  const [kubeconfig, caFile] = [join(folder, "kubeconfig"), join(folder, "ca.crt")];
  const certificate = tls ? await makeCertificate(caFile) : undefined;
  const server = certificate === undefined ? createHttpServer() : createHttpsServer(certificate);
  server.on("request", (request, response) => void serve(request, response));
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    opened += 1;
    sockets.add(socket.once("close", () => sockets.delete(socket)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `${tls ? "https" : "http"}://127.0.0.1:${portOf(server.address())}`;
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(url, tls ? caFile : undefined)));

  return {
    url,
    kubeconfig,
    caFile,
    requests,
    of: (route) => requests.filter((request) => request.route === route),
    connections: () => ({ opened, open: sockets.size }),
    script: (route, ...script) => void steps.set(route, script),
    close: async () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers with a document. */
export function answer(body: unknown, status = 200): Step {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

/** Answers with a Status that says no. */
export function refuse(code: number, message = "refused by script", headers: Record<string, string> = {}): Step {
  return (_request, response) => {
    const body = { kind: "Status", apiVersion: "v1", status: "Failure", code, message };
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** Lists objects, page by page as the client asks. */
export function listOf(objects: readonly unknown[], resourceVersion: string): Step {
  return (request, response) => {
    const start = Number(request.query["continue"] ?? "0");
    const end = start + Number(request.query["limit"] ?? objects.length);
    const token = end < objects.length ? { continue: String(end) } : {};
    const body = { metadata: { resourceVersion, ...token }, items: objects.slice(start, end) };
    return answer(body)(request, response);
  };
}

/** Breaks the connection instead of an answer. */
export function breakConnection(): Step {
  return (_request, response) => void response.destroy();
}

/** Does not answer. */
export function stayAway(): Step {
  return () => {};
}

/** Answers once `gate` has opened. */
export function heldBy(gate: Promise<unknown>, step: Step): Step {
  return async (request, response) => {
    await gate;
    await step(request, response);
  };
}

/** Sends events, then ends the watch, breaks its connection, or leaves it open. */
export function watchOf(events: readonly unknown[], end: "end" | "break" | "stay" = "stay"): Step {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    if (lines === "") finish(response, end);
    else response.write(lines, () => finish(response, end));
  };
}

function finish(response: ServerResponse, end: "end" | "break" | "stay"): void {
  if (end === "end") response.end();
  // What has been written must arrive before the connection breaks.
  if (end === "break") setImmediate(() => response.destroy());
}

function record({ method = "", url = "", headers }: IncomingMessage, body: string): RecordedRequest {
  const { pathname, searchParams } = new URL(url, "http://scripted");
  const query = Object.fromEntries(searchParams);
  return { route: `${query["watch"] === "true" ? "WATCH" : method} ${pathname}`, query, headers, body };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("Cannot tell the port: not listening on TCP");
  return address.port;
}

/** A kubeconfig for the API server at this address; without a file of its authority its certificate is not checked. */
export function kubeconfigFor(server: string, caFile?: string): object {
  const trust = caFile === undefined ? { "insecure-skip-tls-verify": true } : { "certificate-authority": caFile };
  return {
    clusters: [{ name: "scripted", cluster: { server, ...trust } }],
    users: [{ name: "tester", user: { token: "secret" } }],
    contexts: [{ name: "scripted", context: { cluster: "scripted", user: "tester" } }],
    "current-context": "scripted",
  };
}

async function makeCertificate(caFile: string): Promise<{ readonly cert: string; readonly key: string }> {
  const validity = { nowMs: Date.now(), days: 1 };
  const authority = await createCertificateAuthority("scripted-kubernetes-ca", validity);
  await writeFile(caFile, authority.certPem);
  const subject = { commonName: "scripted-kubernetes", hosts: ["127.0.0.1"], usages: ["serverAuth"] } as const;
  const { certPem, keyPem } = await issueCertificate(authority, subject, validity);
  return { cert: certPem, key: keyPem };
}
