import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Agent, request } from "undici";
import { parse } from "yaml";
import { fail, ok, type Result } from "../src/result.ts";
import { fieldAt, type KubernetesObject } from "./kubernetes-object.ts";

/** How to reach an API server and as whom. */
export interface Connection {
  /** `https://127.0.0.1:6443`, without a path. */
  readonly server: string;
  readonly caPem: string;
  /** A client certificate and its key; absent for a token or an anonymous client. */
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly token?: string;
}

/** Why a request failed. */
export interface RequestFailure {
  /** The HTTP status; absent when there was no answer. */
  readonly code?: number;
  /** The Status message of the server, or what became of the connection. */
  readonly message: string;
}

/** The outcome of one request. */
export type Answer<T> = Promise<Result<T, RequestFailure>>;

/** The verbs that the sandbox needs; paths are made by `pathOf()`. Nothing rejects: failures are values. */
export interface KubernetesClient {
  readonly get: (path: string) => Answer<KubernetesObject>;
  /** All items of a collection, page by page. */
  readonly list: (path: string, labelSelector?: string) => Answer<readonly KubernetesObject[]>;
  readonly create: (path: string, object: unknown) => Answer<KubernetesObject>;
  /** Replaces an object, or with a `/status` path its status; 409 when the resourceVersion is no longer the newest. */
  readonly replace: (path: string, object: KubernetesObject) => Answer<KubernetesObject>;
  /** RFC 7386: null removes a field. */
  readonly mergePatch: (path: string, patch: unknown) => Answer<KubernetesObject>;
  /** Deletes at once, without a grace period: no kubelet would confirm it. */
  readonly delete: (path: string) => Answer<KubernetesObject>;
  readonly close: () => Promise<void>;
}

/** Makes a client of one API server. */
export function createKubernetesClient(connection: Connection): KubernetesClient {
  const dispatcher = new Agent({
    connections: 16,
    connect: { ca: connection.caPem, cert: connection.certPem, key: connection.keyPem },
  });
  const authorization = connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` };

  async function send(method: Method, path: string, body?: unknown, type = "application/json"): Answer<unknown> {
    try {
      const response = await request(connection.server + path, {
        dispatcher,
        method,
        headers: { ...authorization, accept: "application/json", "content-type": type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return read(response.statusCode, await response.body.text());
    } catch (thrown) {
      return fail({ message: `Cannot ${method} "${connection.server}${path}": ${describe(thrown)}` });
    }
  }

  async function one(...args: Parameters<typeof send>): Answer<KubernetesObject> {
    return asObject(await send(...args));
  }
  return {
    get: async (path) => one("GET", path),
    list: async (path, labelSelector) => listAll(async (url) => send("GET", url), path, labelSelector),
    create: async (path, object) => one("POST", path, object),
    replace: async (path, object) => one("PUT", path, object),
    mergePatch: async (path, patch) => one("PATCH", path, patch, "application/merge-patch+json"),
    delete: async (path) => one("DELETE", `${path}?gracePeriodSeconds=0`),
    close: async () => dispatcher.close(),
  };
}

/** Reads how to connect from the current context of a kubeconfig file; throws when the file does not say it. */
export async function readKubeconfig(path: string): Promise<Connection> {
  const config: unknown = parse(await readFile(path, "utf8"));
  const context = named(config, "contexts", fieldAt(config, "current-context"), "context");
  const cluster = named(config, "clusters", fieldAt(context, "cluster"), "cluster");
  const user = named(config, "users", fieldAt(context, "user"), "user");
  const server = fieldAt(cluster, "server");
  async function pem(owner: unknown, field: string) {
    return readPem(owner, field, dirname(path));
  }
  const caPem = await pem(cluster, "certificate-authority");
  if (typeof server !== "string" || caPem === undefined) {
    throw new Error(`Cannot use kubeconfig "${path}": its current context names no server with an authority`);
  }
  const certPem = await pem(user, "client-certificate");
  const keyPem = await pem(user, "client-key");
  const token = fieldAt(user, "token");
  return {
    server,
    caPem,
    ...(certPem === undefined || keyPem === undefined ? {} : { certPem, keyPem }),
    ...(typeof token === "string" ? { token } : {}),
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

function read(code: number, text: string): Result<unknown, RequestFailure> {
  const document = parseJson(text);
  if (code < 300) return ok(document);
  const message = fieldAt(document, "message");
  return fail({ code, message: typeof message === "string" ? message : text });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The door between JSON of a Kubernetes API and objects: what has metadata is one. */
function asObject(answer: Result<unknown, RequestFailure>): Result<KubernetesObject, RequestFailure> {
  return answer.ok ? ok(answer.value as KubernetesObject) : answer;
}

async function listAll(
  get: (url: string) => Answer<unknown>,
  path: string,
  labelSelector?: string,
): Answer<readonly KubernetesObject[]> {
  const items: KubernetesObject[] = [];
  let token: unknown = "";
  while (typeof token === "string") {
    const query = new URLSearchParams({ limit: "500" });
    if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
    if (token !== "") query.set("continue", token);
    const page = await get(`${path}?${query.toString()}`);
    if (!page.ok) return page;
    const found = fieldAt(page.value, "items");
    if (Array.isArray(found)) items.push(...(found as KubernetesObject[]));
    token = fieldAt(page.value, "metadata", "continue");
    if (token === "") break;
  }
  return ok(items);
}

/** A named entry of one of the lists of a kubeconfig. */
function named(config: unknown, list: string, name: unknown, field: string): unknown {
  const entries = fieldAt(config, list);
  if (!Array.isArray(entries)) return undefined;
  return fieldAt(
    entries.find((entry) => fieldAt(entry, "name") === name),
    field,
  );
}

/** A kubeconfig has PEMs inside (`…-data`, base64) or the paths of files, relative to its own folder. */
async function readPem(owner: unknown, field: string, folder: string): Promise<string | undefined> {
  const data = fieldAt(owner, `${field}-data`);
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const file = fieldAt(owner, field);
  return typeof file === "string" ? readFile(resolve(folder, file), "utf8") : undefined;
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}
