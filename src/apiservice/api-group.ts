/** An API group that this server answers. */
export interface ApiGroup {
  readonly name: string;
  /** Every served version, the preferred one first. */
  readonly versions: readonly string[];
}

/** The group that describes objects; the HorizontalPodAutoscaler takes the preferred version. */
export const customMetrics: ApiGroup = { name: "custom.metrics.k8s.io", versions: ["v1beta2", "v1beta1"] };
