import { apiVersionOf, type JsonObject, type KubernetesObject } from "../kubernetes-object.ts";
import type { ServedResource } from "./resources.ts";

/** How a client wants objects: whole, or only their metadata. */
export type View = (object: KubernetesObject) => KubernetesObject;

/** Chooses the view by the Accept header: `application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1` and its list form. */
export function viewFor(accept: string, resource: ServedResource): View {
  const apiVersion = apiVersionOf(resource);
  return accept.includes("as=PartialObjectMetadata")
    ? ({ metadata }) => ({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata })
    : (object) => ({ ...object, apiVersion, kind: resource.kind });
}

/** A list document; items of built-in resources leave out kind and apiVersion, as those of a real server do. */
export function listDocument(
  accept: string,
  resource: ServedResource,
  items: readonly KubernetesObject[],
  metadata: JsonObject,
): JsonObject {
  const view = viewFor(accept, resource);
  if (accept.includes("as=PartialObjectMetadata")) {
    return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items: items.map(view) };
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: items.map((object) => (resource.custom ? view(object) : withoutKind(object))),
  };
}

function withoutKind({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubernetesObject): JsonObject {
  return rest;
}
