import type { RequestTarget } from "./request-target.ts";

/** What a request does, in the words of a SubjectAccessReview (authorization.k8s.io/v1). */
export type RequestAttributes =
  | { readonly resourceAttributes: ResourceAttributes }
  | { readonly nonResourceAttributes: { readonly path: string; readonly verb: string } };

/** An access to `/apis/{group}/{version}/…`. Parts that the path does not have are absent. */
export interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
}

const verbByMethod: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * Reads a path as the kube-apiserver does (k8s.io/apiserver, `RequestInfoFactory`), whether or not something is served there:
 * `…/namespaces/shop/pods/cart-0/rps` is verb get, resource pods, subresource rps, name cart-0. What follows a metric of a
 * Namespace is left out, because it is ignored: who may read a subresource could read the metric itself by it.
 */
export function requestAttributes(method: string, { path, segments, query }: RequestTarget): RequestAttributes {
  const [root, group = "", version = "", ...rest] = trimSlashes(segments);
  if (root !== "apis" || rest.length === 0) return { nonResourceAttributes: { path, verb: method.toLowerCase() } };
  const { namespace, parts } = splitNamespace(rest);
  const [resource = "", name = "", behind = ""] = parts;
  const isIgnored = group === "custom.metrics.k8s.io" && namespace !== undefined && resource === "metrics";
  const subresource = isIgnored ? "" : behind;
  return {
    resourceAttributes: {
      ...(namespace === undefined ? {} : { namespace }),
      verb: verbOf(method, name, query),
      group,
      version,
      resource,
      ...(subresource === "" ? {} : { subresource }),
      ...(name === "" ? {} : { name }),
    },
  };
}

/** Whether a segment behind `namespaces/shop/` stays with the Namespace object. */
export function isNamespaceSubresource(segment: string): boolean {
  return segment === "status" || segment === "finalize";
}

/** Whether a list is to be watched: any value but `false` and `0` says so, an empty one too (k8s.io/apimachinery). */
export function isWatch(query: URLSearchParams): boolean {
  const watch = query.get("watch")?.toLowerCase() ?? "false";
  return watch !== "false" && watch !== "0";
}

/** Slashes around a path count for nothing here; between its parts they do. */
function trimSlashes(segments: readonly string[]): readonly string[] {
  const first = segments.findIndex((segment) => segment !== "");
  const last = segments.findLastIndex((segment) => segment !== "");
  return first === -1 ? [] : segments.slice(first, last + 1);
}

function splitNamespace(rest: readonly string[]): { readonly namespace?: string; readonly parts: readonly string[] } {
  const [first, namespace, third] = rest;
  if (first !== "namespaces" || namespace === undefined) return { parts: rest };
  const behind = third !== undefined && !isNamespaceSubresource(third);
  return { namespace, parts: behind ? rest.slice(2) : rest };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verb = verbByMethod[method] ?? "get";
  if (name !== "") return verb;
  if (verb === "delete") return "deletecollection";
  if (verb !== "get") return verb;
  return isWatch(query) ? "watch" : "list";
}
