import type { ServerResponse } from "node:http";
import { formatGroupResource } from "../../src/naming/group-resource.ts";
import { apiVersionOf, type JsonObject, type KubernetesObject } from "../kubernetes-object.ts";
import type { ServedResource } from "./resources.ts";
import type { Matches } from "./selectors.ts";
import { statusFailure } from "./status.ts";
import type { Change, Store } from "./store.ts";
import type { View } from "./view.ts";

/** What one watch asks for. */
export interface WatchRequest {
  readonly resource: ServedResource;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly matches: Matches;
  readonly view: View;
  /** Empty or `0`: everything that is there first, as ADDED. */
  readonly resourceVersion: string;
  /** When the server ends the watch. */
  readonly timeoutMs: number;
  /** Whether bookmarks may be sent: each `bookmarkMs`, and before the end. */
  readonly bookmarks: boolean;
  readonly bookmarkMs: number;
}

/** Streams the changes of a collection until the time is over or the client goes; 410 as an ERROR event when too old. */
export function serveWatch(store: Store, request: WatchRequest, response: ServerResponse): void {
  const { resource, namespace, matches, view } = request;
  function within(object: KubernetesObject | undefined): object is KubernetesObject {
    return (
      object !== undefined && (namespace === undefined || object.metadata.namespace === namespace) && matches(object)
    );
  }
  function send(type: string, object: unknown): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
  function forward(change: Change): void {
    if (formatGroupResource(change.resource) !== formatGroupResource(resource)) return;
    const event = eventFor(change, within);
    if (event !== undefined) send(event.type, view(event.object));
  }

  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const fromStart = request.resourceVersion === "" || request.resourceVersion === "0";
  const missed = fromStart ? [] : store.since(Number(request.resourceVersion));
  if (missed === undefined) {
    send(
      "ERROR",
      statusFailure(410, `too old resource version: ${request.resourceVersion} (${store.version()})`).document,
    );
    response.end();
    return;
  }
  if (fromStart) for (const object of store.list(resource, namespace).filter(within)) send("ADDED", view(object));
  for (const change of missed) forward(change);

  const unsubscribe = store.subscribe(forward);
  function bookmark(): void {
    if (request.bookmarks) send("BOOKMARK", bookmarkFor(resource, store.version()));
  }
  const bookmarks = setInterval(bookmark, request.bookmarkMs);
  const end = setTimeout(() => {
    bookmark();
    response.end();
  }, request.timeoutMs);
  response.on("close", () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(end);
  });
}

/** What a change is for one watch: an object can also enter or leave its selection. */
function eventFor(
  { before, after, resourceVersion }: Change,
  within: (object: KubernetesObject | undefined) => object is KubernetesObject,
): { readonly type: string; readonly object: KubernetesObject } | undefined {
  if (within(after)) return { type: within(before) ? "MODIFIED" : "ADDED", object: after };
  if (!within(before)) return undefined;
  const metadata = { ...before.metadata, resourceVersion: String(resourceVersion) };
  return { type: "DELETED", object: { ...before, metadata } };
}

function bookmarkFor(resource: ServedResource, version: number): JsonObject {
  const metadata = { resourceVersion: String(version), creationTimestamp: null };
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}
