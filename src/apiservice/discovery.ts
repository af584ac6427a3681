import { formatGroupResource } from "../naming/group-resource.ts";
import type { MetricInfo } from "../query/provider.ts";
import type { ApiGroup } from "./api-group.ts";

/** The media type of aggregated discovery (KEP-3352); the aggregator falls back unless it is answered letter for letter. */
export const aggregatedDiscoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** `/apis/{group}/{version}`: an APIResourceList with an entry per resource and metric, in the order given. */
export function encodeResourceList(group: ApiGroup, version: string, metrics: readonly MetricInfo[]): object {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: `${group.name}/${version}`,
    resources: metrics.map(({ resource, namespaced, metric }) => ({
      name: `${formatGroupResource(resource)}/${metric}`,
      singularName: "",
      namespaced,
      kind: "MetricValueList",
      verbs: ["get"],
    })),
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

function describeGroup({ name, versions }: ApiGroup): object {
  const [preferredVersion, ...others] = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: [preferredVersion, ...others], preferredVersion };
}
