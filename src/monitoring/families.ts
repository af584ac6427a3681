import { type Definition, exponentialBuckets } from "./definition.ts";

/** What a request is, as in k8s.io/apiserver (`endpoints/metrics`). */
const requestLabels = ["verb", "group", "version", "resource", "subresource", "scope", "component"] as const;
const abortLabels = ["verb", "group", "version", "resource", "subresource", "scope"] as const;

const requestSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const checkSeconds = exponentialBuckets(0.001, 2, 15);
const reviewSeconds = [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10];
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * What the adapter counts and measures. The families that Kubernetes' own servers and clients have keep the names, labels,
 * buckets and classes that they have there (k8s.io/apiserver, custom-metrics-apiserver, client-go), so that dashboards fit.
 */
export const families = {
  requests: {
    name: "apiserver_request_total",
    type: "counter",
    stability: "STABLE",
    help: "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
    labels: ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component", "code"],
  },
  requestDuration: {
    name: "apiserver_request_duration_seconds",
    type: "histogram",
    stability: "STABLE",
    help: "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
    labels: ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
    buckets: requestSeconds,
  },
  responseSizes: {
    name: "apiserver_response_sizes",
    type: "histogram",
    stability: "STABLE",
    help: "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
    labels: requestLabels,
    buckets: exponentialBuckets(1_000, 10, 7),
  },
  inFlight: {
    name: "apiserver_current_inflight_requests",
    type: "gauge",
    stability: "STABLE",
    help: "Number of requests for metrics that are worked on and count for the limit of serving.maxInFlight, per request kind.",
    labels: ["request_kind"],
  },
  terminations: {
    name: "apiserver_request_terminations_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of requests which apiserver terminated in self-defense: 429 for want of room, 504 for want of time.",
    labels: [...requestLabels, "code"],
  },
  aborts: {
    name: "apiserver_request_aborts_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of requests whose client was gone before it had the whole answer, for each group, version, verb, resource, subresource and scope.",
    labels: abortLabels,
  },
  tlsFailures: {
    name: "apiserver_tls_handshake_errors_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of connections dropped because their TLS handshake failed.",
    labels: [],
  },
  certificateExpiration: {
    name: "apiserver_client_certificate_expiration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Distribution of the remaining lifetime on the certificate used to authenticate a request.",
    labels: [],
    buckets: [
      0,
      30 * minute,
      hour,
      2 * hour,
      6 * hour,
      12 * hour,
      day,
      2 * day,
      4 * day,
      7 * day,
      30 * day,
      90 * day,
      180 * day,
      360 * day,
    ],
  },
  authentications: {
    name: "authentication_attempts",
    type: "counter",
    stability: "ALPHA",
    help: "Counter of authenticated attempts. Result is 'success', also for an anonymous client, 'failure', or 'error' when the Kubernetes API did not say.",
    labels: ["result"],
  },
  authenticationDuration: {
    name: "authentication_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Authentication duration in seconds broken out by result.",
    labels: ["result"],
    buckets: checkSeconds,
  },
  authorizations: {
    name: "authorization_attempts_total",
    type: "counter",
    stability: "ALPHA",
    help: "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', or 'error' when the Kubernetes API did not say.",
    labels: ["result"],
  },
  authorizationDuration: {
    name: "authorization_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Authorization duration in seconds broken out by result.",
    labels: ["result"],
    buckets: checkSeconds,
  },
  tokenReviews: {
    name: "apiserver_delegated_authn_request_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of TokenReviews asked of the Kubernetes API partitioned by status code, '<error>' when there was no answer.",
    labels: ["code"],
  },
  tokenReviewDuration: {
    name: "apiserver_delegated_authn_request_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Latency of TokenReviews in seconds. Broken down by status code.",
    labels: ["code"],
    buckets: reviewSeconds,
  },
  accessReviews: {
    name: "apiserver_delegated_authz_request_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of SubjectAccessReviews asked of the Kubernetes API partitioned by status code, '<error>' when there was no answer.",
    labels: ["code"],
  },
  accessReviewDuration: {
    name: "apiserver_delegated_authz_request_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Latency of SubjectAccessReviews in seconds. Broken down by status code.",
    labels: ["code"],
    buckets: reviewSeconds,
  },
  freshness: {
    name: "metrics_apiserver_metric_freshness_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Freshness of metrics exported: the age of each value in an answer, since the oldest sample behind it was taken.",
    labels: ["group"],
    buckets: exponentialBuckets(1, 1.364, 20),
  },
  clientRequests: {
    name: "rest_client_requests_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of HTTP requests to the Kubernetes API, partitioned by status code, method, and host; code '<error>' when there was no answer.",
    labels: ["code", "method", "host"],
  },
  clientRequestDuration: {
    name: "rest_client_request_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Latency of requests to the Kubernetes API in seconds, until the answer begins. Broken down by verb, and host.",
    labels: ["verb", "host"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  },
  backendRequests: {
    name: "custom_metrics_adapter_backend_requests_total",
    type: "counter",
    stability: "ALPHA",
    help: "Number of questions to the metrics backend, partitioned by path and status code; code '<error>' when there was no whole answer.",
    labels: ["backend", "path", "code"],
  },
  backendRequestDuration: {
    name: "custom_metrics_adapter_backend_request_duration_seconds",
    type: "histogram",
    stability: "ALPHA",
    help: "Latency of questions to the metrics backend in seconds, until the answer has ended. Broken down by path.",
    labels: ["backend", "path"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  buildInfo: {
    name: "custom_metrics_adapter_build_info",
    type: "gauge",
    stability: "ALPHA",
    help: "Always 1; the labels say which version of the adapter runs on which Node.js.",
    labels: ["version", "node_version"],
  },
} as const satisfies Readonly<Record<string, Definition>>;

/** Figures of the process, under the names that Prometheus' clients for Go and Node.js give them. */
export const processFamilies = {
  cpuUser: processFamily("process_cpu_user_seconds_total", "counter", "User CPU time spent in seconds."),
  cpuSystem: processFamily("process_cpu_system_seconds_total", "counter", "System CPU time spent in seconds."),
  cpu: processFamily("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
  startTime: processFamily(
    "process_start_time_seconds",
    "gauge",
    "Start time of the process since unix epoch in seconds.",
  ),
  residentMemory: processFamily("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
  virtualMemory: processFamily("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
  openFiles: processFamily("process_open_fds", "gauge", "Number of open file descriptors."),
  maxFiles: processFamily("process_max_fds", "gauge", "Maximum number of open file descriptors."),
  heapTotal: nodeFamily("nodejs_heap_size_total_bytes", "Size of the JavaScript heap in bytes."),
  heapUsed: nodeFamily("nodejs_heap_size_used_bytes", "Used part of the JavaScript heap in bytes."),
  externalMemory: nodeFamily("nodejs_external_memory_bytes", "Memory of objects outside the JavaScript heap in bytes."),
  lagMedian: nodeFamily("nodejs_eventloop_lag_p50_seconds", "Median lag of the event loop since the last scrape."),
  lag99: nodeFamily(
    "nodejs_eventloop_lag_p99_seconds",
    "99th percentile of the event loop's lag since the last scrape.",
  ),
  lagMaximum: nodeFamily("nodejs_eventloop_lag_max_seconds", "Longest lag of the event loop since the last scrape."),
} as const;

function processFamily<T extends "counter" | "gauge">(name: string, type: T, help: string) {
  return { name, type, stability: "STABLE", help, labels: [] } as const;
}

/** They follow what the version of Node.js says. */
function nodeFamily(name: string, help: string) {
  return { name, type: "gauge", stability: "INTERNAL", help, labels: [] } as const;
}
