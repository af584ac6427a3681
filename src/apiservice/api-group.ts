import { type MetricsApi, metricsApis } from "../naming/metrics-api.ts";

/** An API group that this server answers. */
export interface ApiGroup {
  readonly name: MetricsApi;
  /** Every served version, the preferred one first. */
  readonly versions: readonly string[];
}

/** The group that describes objects; the HorizontalPodAutoscaler takes the preferred version. */
export const customMetrics: ApiGroup = { name: "custom.metrics.k8s.io", versions: ["v1beta2", "v1beta1"] };

/** The group of metrics that only have labels. There is no other version. */
export const externalMetrics: ApiGroup = { name: "external.metrics.k8s.io", versions: ["v1beta1"] };

const groups: Readonly<Record<MetricsApi, ApiGroup>> = {
  "custom.metrics.k8s.io": customMetrics,
  "external.metrics.k8s.io": externalMetrics,
};

/** The groups of these names, each once, in the order in which they are listed. */
export function apiGroups(names: readonly MetricsApi[]): readonly ApiGroup[] {
  return metricsApis.filter((name) => names.includes(name)).map((name) => groups[name]);
}
