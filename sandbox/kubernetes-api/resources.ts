import { type ApiResource, fieldAt, type JsonObject, type KubernetesObject, textAt } from "../kubernetes-object.ts";

/** A resource that an API server serves. */
export interface ServedResource extends ApiResource {
  readonly kind: string;
  readonly namespaced: boolean;
  /** `status`, `scale`, `binding`. */
  readonly subresources: readonly string[];
  /** Whether a CustomResourceDefinition made it; items of its lists then say their own kind. */
  readonly custom: boolean;
}

/** The resources that are there without any CustomResourceDefinition. */
export const builtInResources: readonly ServedResource[] = [
  core("namespaces", "Namespace", { namespaced: false, subresources: ["status"] }),
  core("nodes", "Node", { namespaced: false, subresources: ["status"] }),
  core("pods", "Pod", { subresources: ["status", "binding"] }),
  core("services", "Service", { subresources: ["status"] }),
  core("configmaps", "ConfigMap"),
  core("secrets", "Secret"),
  core("events", "Event"),
  core("serviceaccounts", "ServiceAccount"),
  builtIn("apps", "v1", "deployments", "Deployment", { subresources: ["status"] }),
  builtIn("apps", "v1", "replicasets", "ReplicaSet", { subresources: ["status"] }),
  builtIn("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", { subresources: ["status"] }),
  builtIn("coordination.k8s.io", "v1", "leases", "Lease"),
  builtIn("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", {
    namespaced: false,
    subresources: ["status"],
  }),
  builtIn("apiregistration.k8s.io", "v1", "apiservices", "APIService", { namespaced: false, subresources: ["status"] }),
];

/** The resources that a CustomResourceDefinition (apiextensions.k8s.io/v1) declares, one for each served version. */
export function resourcesOf({ spec }: KubernetesObject): readonly ServedResource[] {
  const versions = fieldAt(spec, "versions");
  return (Array.isArray(versions) ? versions : [])
    .filter((version) => fieldAt(version, "served") === true)
    .map((version) => ({
      group: textAt(spec, "group"),
      version: textAt(version, "name"),
      resource: textAt(spec, "names", "plural"),
      kind: textAt(spec, "names", "kind"),
      namespaced: fieldAt(spec, "scope") === "Namespaced",
      subresources: Object.keys((fieldAt(version, "subresources") ?? {}) as JsonObject),
      custom: true,
    }));
}

type Traits = Partial<Pick<ServedResource, "namespaced" | "subresources">>;

function core(resource: string, kind: string, traits: Traits = {}): ServedResource {
  return builtIn("", "v1", resource, kind, traits);
}

function builtIn(group: string, version: string, resource: string, kind: string, traits: Traits = {}): ServedResource {
  return { group, version, resource, kind, namespaced: true, subresources: [], custom: false, ...traits };
}
