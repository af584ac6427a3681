import type { ApiGroup } from "./api-group.ts";

/**
 * What a request is, in the words of k8s.io/apiserver's metrics. None of them is a client's, so there are few kinds, whatever
 * clients send. A word that says nothing of a request is empty.
 */
export interface RequestKind {
  /** GET, or LIST of what is not in a namespace; of other methods those of RFC 9110 and PATCH, and `other`. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** `*` for every metric. */
  readonly resource: string;
  /** `*` for every metric; elsewhere the path, or `other` where nothing is served. */
  readonly subresource: string;
  /** `resource` for metrics in a namespace, `cluster` for other metrics. */
  readonly scope: string;
  /** `custom-metrics`, `external-metrics`. */
  readonly component: string;
}

const nothing: RequestKind = {
  verb: "",
  group: "",
  version: "",
  resource: "",
  subresource: "",
  scope: "",
  component: "",
};

const methods = ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

const paths = ["/healthz", "/livez", "/readyz", "/metrics", "/version", "/apis", "/openapi/v2", "/openapi/v3"];

const componentByGroup: Readonly<Record<ApiGroup["name"], string>> = {
  "custom.metrics.k8s.io": "custom-metrics",
  "external.metrics.k8s.io": "external-metrics",
};

/** The kind of a request; `url` as it was sent, `groups` those that are served. */
export function requestKind(method: string, url: string, groups: readonly ApiGroup[]): RequestKind {
  if (method !== "GET") return { ...nothing, verb: methods.includes(method) ? method : "other" };
  const [path = ""] = url.split("?", 1);
  const group = groups.find(({ name }) => path.startsWith(`/apis/${name}/`));
  const version = group?.versions.find((each) => path.startsWith(`/apis/${group.name}/${each}/`));
  if (group !== undefined && version !== undefined) {
    const namespaced = path.startsWith(`/apis/${group.name}/${version}/namespaces/`);
    return metricKind(group.name, version, namespaced);
  }
  return { ...nothing, verb: "GET", subresource: isServed(path, groups) ? path : "other" };
}

/** The kinds of requests for metrics. */
export function metricKinds(groups: readonly ApiGroup[]): readonly RequestKind[] {
  const kinds = groups.flatMap(({ name, versions }) =>
    versions.flatMap((version) => [true, false].map((namespaced) => metricKind(name, version, namespaced))),
  );
  return [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
}

/** As custom-metrics-apiserver has it: external metrics are lists, and belong to the cluster. */
function metricKind(group: ApiGroup["name"], version: string, namespaced: boolean): RequestKind {
  const inNamespace = namespaced && group === "custom.metrics.k8s.io";
  return {
    verb: inNamespace ? "GET" : "LIST",
    group,
    version,
    resource: "*",
    subresource: "*",
    scope: inNamespace ? "resource" : "cluster",
    component: componentByGroup[group],
  };
}

function isServed(path: string, groups: readonly ApiGroup[]): boolean {
  if (paths.includes(path)) return true;
  return groups.some(
    ({ name, versions }) =>
      path === `/apis/${name}` ||
      versions.some((version) => path === `/apis/${name}/${version}` || path === `/openapi/v3/apis/${name}/${version}`),
  );
}
