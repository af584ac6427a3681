import type { IncomingMessage, ServerResponse } from "node:http";
import { fail, ok, type Result } from "../../src/result.ts";
import type { JsonObject, KubernetesObject } from "../kubernetes-object.ts";
import { discoveryDocument } from "./discovery.ts";
import { createObject, deleteObject, patchObject, replaceObject } from "./operations.ts";
import { builtInResources, resourcesOf, type ServedResource } from "./resources.ts";
import { reviewDocument, type ReviewAnswers } from "./reviews.ts";
import { parseRoute, type Route } from "./route.ts";
import { compileSelectors, type Matches } from "./selectors.ts";
import { statusFailure, type StatusFailure } from "./status.ts";
import { notFound, type Store } from "./store.ts";
import { listDocument, viewFor } from "./view.ts";
import { serveWatch } from "./watch.ts";

/** What the requests of one server share. */
export interface HandlerDeps {
  readonly store: Store;
  readonly reviews: ReviewAnswers;
  /** Time between bookmarks of a watch. */
  readonly bookmarkMs: number;
}

/** Makes the function that answers every request: discovery, reviews, objects, lists and watches. */
export function createHandler(
  deps: HandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const definitions = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
  function resources(): readonly ServedResource[] {
    return [...builtInResources, ...deps.store.list(definitions).flatMap(resourcesOf)];
  }
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "https://sandbox");
    const body = parseBody(await readText(request));
    if (body === undefined) return refuse(response, statusFailure(400, "the body is not JSON"));
    if (["/healthz", "/livez", "/readyz"].includes(url.pathname)) return void response.end("ok");
    const document =
      request.method === "POST"
        ? reviewDocument(url.pathname, body, deps.reviews)
        : discoveryDocument(url.pathname, resources());
    if (document !== undefined) return answer(response, request.method === "POST" ? 201 : 200, document);
    const route = parseRoute(url.pathname, resources());
    if (route === undefined)
      return refuse(response, statusFailure(404, "the server could not find the requested resource"));
    if (request.method === "GET" && route.name === undefined)
      return serveCollection(deps, route, { request, url, response });
    return serveObject(deps.store, route, { request, body, response, held: resources() });
  };
}

interface CollectionExchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly response: ServerResponse;
}

function serveCollection(
  { store, bookmarkMs }: HandlerDeps,
  route: Route,
  { request, url, response }: CollectionExchange,
): void {
  const query = url.searchParams;
  const matches = compileSelectors(query);
  if (!matches.ok) return refuse(response, statusFailure(400, `unable to parse requirement: ${matches.error}`));
  const accept = request.headers.accept ?? "";
  const { resource, namespace } = route;
  if (!isTrue(query.get("watch")))
    return answer(response, 200, listPage(store, route, { query, accept, matches: matches.value }));
  // Streaming lists are not served; a client that asks for one falls back to list and watch.
  if (isTrue(query.get("sendInitialEvents")))
    return refuse(response, statusFailure(422, "sendInitialEvents is forbidden"));
  serveWatch(
    store,
    {
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      matches: matches.value,
      view: viewFor(accept, resource),
      resourceVersion: query.get("resourceVersion") ?? "",
      timeoutMs: Number(query.get("timeoutSeconds") ?? "1800") * 1000,
      bookmarks: isTrue(query.get("allowWatchBookmarks")),
      bookmarkMs,
    },
    response,
  );
}

interface ListRequest {
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly matches: Matches;
}

/** One page of a list: `continue` is the key of the last object of the page before. */
function listPage(store: Store, { resource, namespace }: Route, { query, accept, matches }: ListRequest): JsonObject {
  const limit = Number(query.get("limit") ?? "0") || Infinity;
  const after = Buffer.from(query.get("continue") ?? "", "base64url").toString("utf8");
  function keyOf({ metadata }: KubernetesObject): string {
    return `${metadata.namespace ?? ""}/${metadata.name}`;
  }
  const left = store.list(resource, namespace).filter((object) => matches(object) && keyOf(object) > after);
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const more =
    left.length > page.length && last !== undefined
      ? { continue: Buffer.from(keyOf(last)).toString("base64url"), remainingItemCount: left.length - page.length }
      : {};
  return listDocument(accept, resource, page, { resourceVersion: String(store.version()), ...more });
}

interface ObjectExchange {
  readonly request: IncomingMessage;
  readonly body: JsonObject;
  readonly response: ServerResponse;
  readonly held: readonly ServedResource[];
}

function serveObject(store: Store, route: Route, { request, body, response, held }: ObjectExchange): void {
  const outcome = operate(store, route, { method: request.method ?? "", body, held });
  if (!outcome.ok) return refuse(response, outcome.error);
  const view = viewFor(request.headers.accept ?? "", route.resource);
  answer(response, request.method === "POST" ? 201 : 200, view(outcome.value));
}

function operate(
  store: Store,
  route: Route,
  {
    method,
    body,
    held,
  }: { readonly method: string; readonly body: JsonObject; readonly held: readonly ServedResource[] },
): Result<KubernetesObject, StatusFailure> {
  const { resource, namespace = "", name } = route;
  if (method === "POST" && (name === undefined || route.subresource === "binding"))
    return createObject(store, route, body);
  if (name === undefined) return fail(statusFailure(405, `the server does not allow ${method} of a collection`));
  switch (method) {
    case "GET": {
      const value = store.get(resource, namespace, name);
      return value === undefined ? fail(notFound(resource, name)) : ok(value);
    }
    case "PUT":
      return replaceObject(store, route, body);
    case "PATCH":
      return patchObject(store, route, body);
    case "DELETE":
      return deleteObject(store, route, held);
    default:
      return fail(statusFailure(405, `the server does not allow ${method} of an object`));
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parseBody(text: string): JsonObject | undefined {
  try {
    return text === "" ? {} : (JSON.parse(text) as JsonObject);
  } catch {
    return undefined;
  }
}

function isTrue(value: string | null): boolean {
  return value === "true" || value === "1";
}

function answer(response: ServerResponse, code: number, document: JsonObject): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(document));
}

function refuse(response: ServerResponse, { code, document }: StatusFailure): void {
  answer(response, code, document);
}
