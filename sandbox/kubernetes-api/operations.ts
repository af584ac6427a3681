import { fail, ok, type Result } from "../../src/result.ts";
import { type JsonObject, isJsonObject, type KubernetesObject } from "../kubernetes-object.ts";
import { applyMergePatch } from "./merge-patch.ts";
import type { Route } from "./route.ts";
import { notFound, type Store } from "./store.ts";
import { statusFailure, type StatusFailure } from "./status.ts";

type Outcome = Result<KubernetesObject, StatusFailure>;

const namespaces = { group: "", resource: "namespaces" };

/** Creates an object from a POST, as the path says: its namespace must exist, a status of its own is ignored. */
export function createObject(
  store: Store,
  { resource, namespace, name, subresource }: Route,
  body: JsonObject,
): Outcome {
  if (subresource === "binding") return bind(store, namespace ?? "", name ?? "", body);
  const { metadata, status: _status, ...rest } = body;
  if (!isJsonObject(metadata)) return fail(statusFailure(422, "metadata: Required value"));
  if (resource.namespaced && namespace === undefined)
    return fail(statusFailure(400, "an empty namespace may not be set during creation"));
  if (namespace !== undefined && store.get(namespaces, "", namespace) === undefined)
    return fail(notFound(namespaces, namespace));
  const placed = { ...metadata, ...(namespace === undefined ? {} : { namespace }) };
  return store.create(resource, { ...rest, ...initialStatus(resource.kind), metadata: placed } as KubernetesObject);
}

/** Replaces an object or its status; only a PUT to `/status` changes the status of a resource that has one. */
export function replaceObject(store: Store, route: Route, body: JsonObject): Outcome {
  const current = store.get(route.resource, route.namespace ?? "", route.name ?? "");
  if (current === undefined) return fail(notFound(route.resource, route.name ?? ""));
  const { name, namespace, resourceVersion } = current.metadata;
  const given = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  const metadata = { ...given, name, ...(namespace === undefined ? {} : { namespace }) };
  const next = { ...body, metadata } as KubernetesObject;
  if (route.subresource === "status") {
    const own = { ...current.metadata, resourceVersion: next.metadata.resourceVersion ?? resourceVersion ?? "" };
    return store.update(route.resource, { ...current, metadata: own, ...statusOf(next) });
  }
  const keepsStatus = route.resource.subresources.includes("status");
  if (!keepsStatus) return store.update(route.resource, next);
  const { status: _status, ...rest } = next;
  return store.update(route.resource, { ...rest, metadata: next.metadata, ...statusOf(current) });
}

/** Applies a merge patch to an object or its status. */
export function patchObject(store: Store, route: Route, patch: unknown): Outcome {
  const current = store.get(route.resource, route.namespace ?? "", route.name ?? "");
  if (current === undefined) return fail(notFound(route.resource, route.name ?? ""));
  return replaceObject(store, route, applyMergePatch(current, patch) as JsonObject);
}

/** Deletes an object; with a namespace goes what it holds. */
export function deleteObject(
  store: Store,
  { resource, namespace, name }: Route,
  held: readonly Route["resource"][],
): Outcome {
  const removed = store.remove(resource, namespace ?? "", name ?? "");
  if (!removed.ok || resource.group !== "" || resource.resource !== "namespaces") return removed;
  for (const kind of held.filter(({ namespaced }) => namespaced)) {
    for (const { metadata } of store.list(kind, name)) store.remove(kind, name ?? "", metadata.name);
  }
  return removed;
}

/** What a scheduler does: puts a pod on a node, once. */
function bind(store: Store, namespace: string, name: string, body: JsonObject): Outcome {
  const pods = { group: "", resource: "pods" };
  const pod = store.get(pods, namespace, name);
  if (pod === undefined) return fail(notFound(pods, name));
  const target = body["target"];
  if (pod.spec?.["nodeName"] !== undefined) {
    return fail(
      statusFailure(
        409,
        `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to a node`,
      ),
    );
  }
  const bound = store.update(pods, {
    ...pod,
    spec: { ...pod.spec, nodeName: isJsonObject(target) ? target["name"] : "" },
  });
  return bound.ok ? ok({ kind: "Status", apiVersion: "v1", metadata: bound.value.metadata, status: {} }) : bound;
}

/** What a server sets itself when an object is made. */
function initialStatus(kind: string): JsonObject {
  if (kind === "Pod") return { status: { phase: "Pending", qosClass: "BestEffort" } };
  if (kind === "Namespace") return { status: { phase: "Active" } };
  if (kind !== "CustomResourceDefinition") return {};
  const established = ["NamesAccepted", "Established"].map((type) => ({ type, status: "True", reason: "Sandbox" }));
  return { status: { conditions: established } };
}

function statusOf({ status }: KubernetesObject): { readonly status?: JsonObject } {
  return status === undefined ? {} : { status };
}
