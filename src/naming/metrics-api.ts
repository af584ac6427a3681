/**
 * The API groups in which metrics are served (k8s.io/metrics), in the order in which they are listed:
 * `custom.metrics.k8s.io` has metrics of objects, `external.metrics.k8s.io` metrics that only have labels.
 */
export const metricsApis = ["custom.metrics.k8s.io", "external.metrics.k8s.io"] as const;

/** The name of one of them. */
export type MetricsApi = (typeof metricsApis)[number];
