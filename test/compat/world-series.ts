import type { BackfillSeries } from "../support/backfill.ts";

/** For how long there were series before the moment of the comparison, and how often they were scraped. */
const pastMs = 10 * 60_000;
const scrapeMs = 15_000;

type Labels = Readonly<Record<string, string>>;

/** One series: a gauge has the same value all the time, a counter grows. */
interface Series {
  readonly name: string;
  readonly labels: Labels;
  /** At the end, for counters at the beginning. */
  readonly value: number;
  readonly perSecond: number;
}

interface WorldPod {
  readonly namespace: string;
  readonly pod: string;
  readonly app: string;
  readonly node: string;
}

const podsOfWorld: readonly WorldPod[] = [
  { namespace: "shop", pod: "web-0", app: "web", node: "node-a" },
  { namespace: "shop", pod: "web-1", app: "web", node: "node-b" },
  { namespace: "shop", pod: "web.1", app: "web", node: "node-b" },
  { namespace: "shop", pod: "api-0", app: "api", node: "node-a" },
  { namespace: "bank", pod: "web-0", app: "web", node: "node-a" },
  { namespace: "bank", pod: "teller-0", app: "teller", node: "node-b" },
];

/** Series as exporters of a cluster write them, with the labels that configurations found in the wild expect. */
export function seriesOfWorld(): readonly BackfillSeries[] {
  const series = [
    ...containers(),
    ...applications(),
    ...queues(),
    ...ingressControllers(),
    ...meshes(),
    ...nodeExporters(),
    ...objects(),
    ...customResources(),
    ...oddities(),
  ];
  return series.map(({ name, labels, value, perSecond }, index) => ({
    series: `${name}{${Object.entries(labels)
      .map(([label, text]) => `${label}=${JSON.stringify(text)}`)
      .join(",")}}`,
    // An odd part of its own, so that no two series can be taken for each other.
    samples: times().map((atMs) => ({
      atMs,
      value: value + perSecond * ((atMs + pastMs) / 1_000) * (1 + index / 997),
    })),
  }));
}

function times(): readonly number[] {
  return Array.from({ length: pastMs / scrapeMs + 1 }, (_, step) => step * scrapeMs - pastMs);
}

function gauge(name: string, labels: Labels, value: number): Series {
  return { name, labels, value, perSecond: 0 };
}

function counter(name: string, labels: Labels, perSecond: number): Series {
  return { name, labels, value: 1_000, perSecond };
}

/** cAdvisor, and the same with all labels prefixed, as `config-gen --label-prefix kube_` expects them. */
function containers(): readonly Series[] {
  return podsOfWorld.flatMap(({ namespace, pod, node }, index) =>
    ["app", "sidecar", "POD"].flatMap((container, position) => {
      const labels = {
        namespace,
        pod,
        container,
        node,
        image: "none",
        job: "kubelet",
        metrics_path: "/metrics/cadvisor",
      };
      const scale = (index + 1) * (position + 1);
      return [
        counter("container_cpu_usage_seconds_total", labels, 0.05 * scale),
        counter("container_network_receive_bytes_total", { ...labels, interface: "eth0" }, 1_234.5 * scale),
        gauge("container_memory_working_set_bytes", labels, 12_345_678 * scale),
        gauge("container_fs_usage_bytes", { ...labels, device: "/dev/vda" }, 1_073_741_824 * scale),
      ];
    }),
  );
}

function applications(): readonly Series[] {
  return podsOfWorld.flatMap(({ namespace, pod, app, node }, index) => {
    const labels = { namespace, pod, service: app, node, job: `${app}-metrics`, instance: `10.0.0.${index}:8080` };
    const old = { kubernetes_namespace: namespace, kubernetes_pod_name: pod, app };
    const prefixed = { kube_namespace: namespace, kube_pod: pod, kube_service: app, kube_node: node };
    const requests = [
      { method: "GET", code: "200" },
      { method: "POST", code: "200" },
      { method: "GET", code: "503" },
    ];
    return [
      ...requests.flatMap((kind, position) => [
        counter("http_requests_total", { ...labels, ...kind }, (index + 1) / (position + 3)),
        counter("http_requests_total", { ...old, ...kind }, (index + 1) / (position + 7)),
        counter("ingress_hits_total", { ...prefixed, ...kind }, (index + 1) / (position + 5)),
      ]),
      ...["0.1", "0.5", "1", "+Inf"].map((le, position) =>
        counter("http_request_duration_seconds_bucket", { ...labels, le }, (index + 1) * (position + 1)),
      ),
      counter("http_request_duration_seconds_sum", labels, 0.7 * (index + 1)),
      counter("http_request_duration_seconds_count", labels, 4 * (index + 1)),
      counter("gateway_request_seconds_count", { namespace, pod, route: "a" }, 3.3 * (index + 1)),
      counter("work_seconds_total", labels, 0.125 * (index + 1)),
      gauge("http_connections_active", labels, 17 * (index + 1)),
      gauge("some_usage", prefixed, 2.5 * (index + 1)),
      gauge("process_start_time_seconds", labels, 1_700_000_000.25 + index),
    ];
  });
}

function queues(): readonly Series[] {
  return ["shop", "bank"]
    .flatMap((namespace, place) =>
      ["orders", "mails", "a.b", 'quo"ted\\'].flatMap((name, index) => {
        const value = (place + 1) * 100 + index * 7.5;
        return [
          gauge("queue_consumer_lag", { namespace, name, topic: `topic-${index % 2}` }, value),
          gauge("queue_depth", { namespace, name, topic: `topic-${index % 2}` }, value * 2),
          gauge("queue_nores", { namespace, name }, value * 3),
          gauge(
            "rabbitmq_queue_messages_ready",
            { namespace, queue: name, vhost: "/", service: "rabbitmq", pod: "rabbitmq-0" },
            value,
          ),
          counter("renamed_messages_total", { namespace, kube_namespace: namespace, queue: name }, value / 10),
          gauge("sidekiq_queue_backlog", { namespace, job: "worker", queue: name }, value),
          gauge("kube_adapter_metric_backlog", { namespace, queue: name }, value),
        ];
      }),
    )
    .concat(gauge("sqs_messages_visible", { queue: "abroad", region: "eu-1" }, 42));
}

function ingressControllers(): readonly Series[] {
  return ["shop/web", "shop/api", "bank/teller"].flatMap((place, index) => {
    const [namespace = "", ingress = ""] = place.split("/");
    return ["200", "404", "502"].flatMap((status, position) => [
      counter(
        "nginx_ingress_controller_requests",
        {
          namespace: "ingress-nginx",
          pod: "ingress-nginx-controller-0",
          exported_namespace: namespace,
          ingress,
          exported_service: ingress,
          host: `${ingress}.example.com`,
          status,
        },
        (index + 1) * (position + 1) * 1.5,
      ),
      gauge("nginx_ingress_controller_connections", { namespace, ingress, state: status }, index + position),
    ]);
  });
}

function meshes(): readonly Series[] {
  return podsOfWorld.flatMap(({ namespace, pod, app }, index) =>
    ["source", "destination"].flatMap((reporter, position) =>
      ["200", "503"].map((code, kind) =>
        counter(
          "istio_requests_total",
          {
            namespace,
            pod,
            reporter,
            response_code: code,
            destination_service_name: app,
            destination_service_namespace: namespace,
            destination_workload: app,
            destination_workload_namespace: namespace,
            source_app: "gateway",
          },
          (index + 1) * (position + 1) * (kind + 0.5),
        ),
      ),
    ),
  );
}

function nodeExporters(): readonly Series[] {
  return ["node-a", "node-b"].flatMap((node, index) => [
    gauge(
      "node_load1",
      { node, instance: `${node}:9100`, job: "node-exporter", namespace: "monitoring" },
      index + 0.37,
    ),
    gauge("node_memory_MemAvailable_bytes", { node, instance: `${node}:9100`, job: "node-exporter" }, 2 ** 33 + index),
    counter("node_fan_seconds_total", { kube_node: node, node }, index + 0.5),
    ...["idle", "user"].map((mode, position) =>
      counter("node_cpu_seconds_total", { node, mode, cpu: "0", job: "node-exporter" }, 0.3 + index + position),
    ),
    gauge("machine_temperature_celsius", { instance: node, sensor: "cpu" }, 51.5 + index),
  ]);
}

/** kube-state-metrics and kubelets. */
function objects(): readonly Series[] {
  return [
    gauge("kube_deployment_status_replicas", { namespace: "shop", deployment: "web", job: "kube-state-metrics" }, 3),
    gauge("kube_deployment_status_replicas", { namespace: "bank", deployment: "teller", job: "kube-state-metrics" }, 1),
    gauge("deployment_backlog", { kube_namespace: "shop", kube_apps_deployment: "web" }, 9),
    gauge(
      "kubelet_volume_stats_used_bytes",
      { namespace: "shop", persistentvolumeclaim: "data-web-0", node: "node-a" },
      5e8,
    ),
    gauge("volume_free_bytes", { persistentvolume: "pv-1", namespace: "shop" }, 3e9),
    counter("volume_claims_total", { kube_persistentvolume: "pv-1", kube_namespace: "shop" }, 0.2),
    gauge("storage_free_bytes", { storageclass: "fast", namespace: "shop" }, 7e12),
    gauge("namespace_quota_used", { namespace: "shop" }, 0.875),
    gauge("namespace_quota_used", { namespace: "bank" }, 0.5),
    // A label in the plural: found by the mapping of resources, asked for in the singular by prometheus-adapter.
    gauge("batch_size", { namespace: "shop", pods: "web-0" }, 11),
  ];
}

function customResources(): readonly Series[] {
  return [
    ...["web", "api"].flatMap((name, index) => [
      gauge("kubevirt_vmi_memory_used_bytes", { namespace: "shop", name: `vm-${name}`, node: "node-a" }, 1e9 + index),
      counter("kubevirt_vmi_cpu_usage_seconds_total", { namespace: "shop", name: `vm-${name}`, node: "node-a" }, 0.7),
      gauge("guest_sessions", { namespace: "shop", virtualmachineinstance: `vm-${name}` }, 5 + index),
      gauge(
        "guest_users",
        { kube_namespace: "shop", kube_kubevirt_io_virtualmachineinstance: `vm-${name}` },
        7 + index,
      ),
    ]),
    gauge("cheddar", { sharp: "true", brand: "gouda", namespace: "shop" }, 3),
    gauge("cheddar", { sharp: "true", brand: "cheddar", namespace: "bank" }, 4),
    gauge("tenant_quota_used", { tenant: "acme" }, 0.25),
    gauge("tenant_quota_used", { tenant: "zenith" }, 0.75),
    gauge("tenant_members", { tenant: "acme", namespace: "shop" }, 12),
  ];
}

/** Figures that are hard to write down, each by the name of the Service that has it. */
export const oddValues: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  infinite: Number.POSITIVE_INFINITY,
  lowest: Number.NEGATIVE_INFINITY,
  huge: 9.3e18,
  large: 1e15,
  larger: 9.2e15,
  negative: -5.5,
  thousandth: 0.001,
  less: 0.0009,
  minus: -0.0004,
  rough: 1.005,
  quarter: 26.25,
  exact: 1_073_741_824,
  fraction: 1_234_567.891,
  zero: 0,
  kilo: 1_000,
  mega: 2_000_000,
  noise: 0.1 + 0.2,
};

function oddities(): readonly Series[] {
  return Object.entries(oddValues).flatMap(([service, value]) => [
    gauge("odd_value", { namespace: "shop", service }, value),
    gauge("odd_external", { namespace: "shop", kind: service }, value),
  ]);
}
