import { formatGroupResource } from "../naming/group-resource.ts";
import type { MetricsProvider } from "../query/provider.ts";
import type { ApiGroup } from "./api-group.ts";

/** The media type of aggregated discovery (KEP-3352); the aggregator falls back unless it is answered letter for letter. */
export const aggregatedDiscoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** `/apis/{group}/{version}`: an APIResourceList with an entry per metric, or per resource and metric, in the provider's order. */
export function encodeResourceList(group: ApiGroup, version: string, provider: MetricNames): object {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: `${group.name}/${version}`,
    resources: encodeResources(group, provider),
  };
}

/** `/apis/{group}`: an APIGroup. */
export function encodeGroup(group: ApiGroup): object {
  return { kind: "APIGroup", apiVersion: "v1", ...describeGroup(group) };
}

/** `/apis` in plain form: an APIGroupList. */
export function encodeGroupList(groups: readonly ApiGroup[]): object {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(describeGroup) };
}

/**
 * `/apis` in aggregated form: an APIGroupDiscoveryList. It names no resources, because each change of it would make every
 * client of the cluster download the whole cluster's discovery again.
 */
export function encodeAggregatedDiscovery(groups: readonly ApiGroup[]): object {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { name },
      versions: versions.map((version) => ({ version, resources: [], freshness: "Current" })),
    })),
  };
}

type MetricNames = Pick<MetricsProvider, "list" | "listExternal">;

function encodeResources({ name }: ApiGroup, provider: MetricNames): readonly object[] {
  switch (name) {
    case "custom.metrics.k8s.io":
      return provider
        .list()
        .map(({ resource, namespaced, metric }) =>
          encodeResource(`${formatGroupResource(resource)}/${metric}`, namespaced, "MetricValueList"),
        );
    case "external.metrics.k8s.io":
      return provider.listExternal().map((metric) => encodeResource(metric, true, "ExternalMetricValueList"));
  }
}

function encodeResource(name: string, namespaced: boolean, kind: string): object {
  return { name, singularName: "", namespaced, kind, verbs: ["get"] };
}

function describeGroup({ name, versions }: ApiGroup): object {
  const [preferredVersion, ...others] = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: [preferredVersion, ...others], preferredVersion };
}
