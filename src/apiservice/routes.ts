import { formatGroupResource, parseGroupResource } from "../naming/group-resource.ts";
import { type LabelSelector, parseLabelSelector } from "../naming/label-selector.ts";
import type { ExternalMetricRequest, MetricRequest, Target } from "../naming/metric-request.ts";
import { fail, type Result } from "../result.ts";
import type { ApiGroup } from "./api-group.ts";
import { isNamespaceSubresource, isWatch } from "./request-attributes.ts";
import type { RequestTarget } from "./request-target.ts";

/** What a GET asks for. */
export type Route =
  | { readonly kind: "version" }
  /** `/apis`: an APIGroupList, or aggregated discovery when the client accepts that. */
  | { readonly kind: "groups" }
  | { readonly kind: "group"; readonly group: ApiGroup }
  | { readonly kind: "resources"; readonly group: ApiGroup; readonly version: string }
  | { readonly kind: "openApiV2" }
  | { readonly kind: "openApiV3" }
  | { readonly kind: "openApiV3Group" }
  | { readonly kind: "customMetric"; readonly version: string; readonly request: MetricRequest }
  | { readonly kind: "externalMetric"; readonly request: ExternalMetricRequest }
  /** External metrics can be listed only. Metrics of objects have no watch at all: the parameter has no effect there. */
  | { readonly kind: "watch"; readonly group: ApiGroup }
  | { readonly kind: "notFound" }
  | { readonly kind: "badRequest"; readonly message: string }
  /** prometheus-adapter answers it as an error of the server's, and clients may tell it from others by that. */
  | { readonly kind: "badMetricSelector"; readonly message: string };

/** Finds what is served at a target; `groups` are the API groups that are switched on. Health paths are not routed here. */
export function parseRoute({ segments, query }: RequestTarget, groups: readonly ApiGroup[]): Route {
  if (segments.includes("")) return { kind: "notFound" };
  const [root, ...rest] = segments;
  if (root === "version" && rest.length === 0) return { kind: "version" };
  if (root === "openapi") return parseOpenApi(rest, groups);
  if (root !== "apis") return { kind: "notFound" };

  const [name, version, ...path] = rest;
  if (name === undefined) return { kind: "groups" };
  const group = groups.find((served) => served.name === name);
  if (group === undefined) return { kind: "notFound" };
  if (version === undefined) return { kind: "group", group };
  if (!group.versions.includes(version)) return { kind: "notFound" };
  if (path.length === 0) return { kind: "resources", group, version };
  switch (group.name) {
    case "custom.metrics.k8s.io":
      return parseCustomMetric(path, query, version);
    case "external.metrics.k8s.io":
      return parseExternalMetric(path, query, group);
  }
}

function parseOpenApi([version, ...rest]: readonly string[], groups: readonly ApiGroup[]): Route {
  if (version === "v2" && rest.length === 0) return { kind: "openApiV2" };
  if (version === "v3" && rest.length === 0) return { kind: "openApiV3" };
  const [root, name, groupVersion = "", ...more] = rest;
  const group = groups.find((served) => served.name === name);
  const found = version === "v3" && root === "apis" && more.length === 0 && group?.versions.includes(groupVersion);
  return found === true ? { kind: "openApiV3Group" } : { kind: "notFound" };
}

interface Form {
  readonly namespace?: string;
  readonly resource: string;
  readonly name: string;
  readonly metric: string;
}

function parseCustomMetric(path: readonly string[], query: URLSearchParams, version: string): Route {
  if (path.length === 3 && path[0] === "namespaces") return { kind: "badRequest", message: "invalid request path" };
  const form = matchForm(path);
  if (form === undefined) return { kind: "notFound" };
  const resource = parseGroupResource(form.resource);
  // Authorization looked at the segment as it is written; "pods." must not pass for "pods".
  if (resource.resource === "" || formatGroupResource(resource) !== form.resource) return { kind: "notFound" };

  const selector = parseSelector(query, form.name);
  if (!selector.ok) return { kind: "badRequest", message: selector.error };
  const metricSelector = parseLabelSelector(query.get("metricLabelSelector") ?? "");
  if (!metricSelector.ok) {
    return { kind: "badMetricSelector", message: `unable to parse metricLabelSelector: ${metricSelector.error}` };
  }
  const target: Target =
    form.name === "*" ? { by: "selector", selector: selector.value } : { by: "name", name: form.name };
  const namespace = form.namespace === undefined ? {} : { namespace: form.namespace };
  return {
    kind: "customMetric",
    version,
    request: { metric: form.metric, resource, ...namespace, target, metricSelector: metricSelector.value },
  };
}

/**
 *     namespaces/{ns}/{resource}/{name|*}/{metric}   an object, or all that the selector matches
 *     namespaces/{name}/metrics/{metric}[/{more}]    the Namespace itself; prometheus-adapter ignores what follows
 *     {resource}/{name|*}/{metric}                   a cluster-scoped object
 */
function matchForm(path: readonly string[]): Form | undefined {
  const [a = "", b = "", c = "", d = "", e = ""] = path;
  if (a !== "namespaces") return path.length === 3 ? { resource: a, name: b, metric: c } : undefined;
  if (c === "metrics" && (path.length === 4 || path.length === 5)) return { resource: a, name: b, metric: d };
  const object = path.length === 5 && !isNamespaceSubresource(c);
  return object ? { namespace: b, resource: c, name: d, metric: e } : undefined;
}

/** The selector of objects, if the field selector agrees with the path. */
function parseSelector(query: URLSearchParams, name: string): Result<LabelSelector, string> {
  const selector = parseLabelSelector(query.get("labelSelector") ?? "");
  if (!selector.ok) return fail(`unable to parse labelSelector: ${selector.error}`);
  const field = query.get("fieldSelector") ?? "";
  if (field !== "" && field !== `metadata.name=${name}` && field !== `metadata.name==${name}`) {
    return fail(`fieldSelector can only be metadata.name=${name}, as in the path`);
  }
  return selector;
}

/** `namespaces/{ns}/{metric}` is the only form. */
function parseExternalMetric(path: readonly string[], query: URLSearchParams, group: ApiGroup): Route {
  const [root, namespace = "", metric = ""] = path;
  // Authorization took the subresources of a Namespace for what they are elsewhere, not for metrics.
  if (root !== "namespaces" || path.length !== 3 || isNamespaceSubresource(metric)) return { kind: "notFound" };
  const selector = parseLabelSelector(query.get("labelSelector") ?? "");
  if (!selector.ok) return { kind: "badRequest", message: `unable to parse labelSelector: ${selector.error}` };
  if (!isFieldSelector(query.get("fieldSelector") ?? "")) {
    return { kind: "badRequest", message: "unable to parse fieldSelector: expected terms such as metadata.name=web" };
  }
  if (isWatch(query)) return { kind: "watch", group };
  return { kind: "externalMetric", request: { metric, namespace, selector: selector.value } };
}

/** `key=value`, `key==value` and `key!=value`, joined by commas (k8s.io/apimachinery, `fields.ParseSelector`). */
function isFieldSelector(text: string): boolean {
  const terms = text.split(/(?<!\\),/u).filter((term) => term !== "");
  return terms.every((term) => /^[^=!\\]+(?:!=|==?)(?:[^=\\]|\\[\\,=])*$/u.test(term));
}
