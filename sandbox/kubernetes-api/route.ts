import type { Place } from "../kubernetes-object.ts";
import type { ServedResource } from "./resources.ts";

/** What a URL path means. */
export interface Route extends Place {
  readonly resource: ServedResource;
}

/**
 * Reads a resource path, or answers undefined when no resource is served there.
 *
 *     /api/v1/namespaces/shop/pods/web-0/status   /apis/kubevirt.io/v1/virtualmachines   /api/v1/namespaces/shop
 */
export function parseRoute(path: string, resources: readonly ServedResource[]): Route | undefined {
  const [root, ...parts] = path.split("/").slice(1).map(decodeURIComponent);
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "api" ? "" : (parts.shift() ?? "");
  const version = parts.shift();
  const scoped = parts[0] === "namespaces" && parts.length > 2 && !namespaceSubresources.has(parts[2] ?? "");
  const namespace = scoped ? parts.splice(0, 2)[1] : undefined;
  const [plural, name, subresource, ...rest] = parts;
  const resource = resources.find(
    (each) => each.group === group && each.version === version && each.resource === plural,
  );
  if (resource === undefined || rest.length > 0 || (scoped && !resource.namespaced)) return undefined;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return undefined;
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** `/namespaces/{name}/status` is about the namespace itself. */
const namespaceSubresources: ReadonlySet<string> = new Set(["status", "finalize"]);
