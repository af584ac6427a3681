import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { findControlPlane, findPrometheusAdapter } from "../../sandbox/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../sandbox/control-plane.ts";
import { startKubeProxy } from "../../sandbox/kube-proxy.ts";
import { freePort, startProcess } from "../../sandbox/processes.ts";
import type { Supervisor } from "../../sandbox/supervisor.ts";
import { type BackfillSeries, startBackfilledPrometheus } from "./backfill.ts";
import { until } from "./until.ts";

/** A cluster whose metrics prometheus-adapter serves, as somebody has it who is about to replace it. */
export interface MigrationScene {
  readonly controlPlane: ControlPlane;
  readonly prometheusUrl: string;
  /** The address of prometheus-adapter itself. */
  readonly peerUrl: string;
  /** The file that it was started with. */
  readonly configFile: string;
  /** Sends new connections of the Service that the APIServices name to another port. */
  readonly pointServiceAt: (port: number) => void;
  /** Ends prometheus-adapter as a kubelet does. */
  readonly stopPeer: () => Promise<void>;
}

/** The rules of docs/migrating-from-prometheus-adapter.md. */
export const migrationRules = `rules:
- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources: { template: <<.Resource>> }
  name: { matches: ^(.*)_total$, as: "\${1}_per_second" }
  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)
- seriesQuery: 'cache_hit_ratio{namespace!="",pod!=""}'
  resources: { overrides: { namespace: { resource: namespace }, pod: { resource: pod } } }
  metricsQuery: avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
externalRules:
- seriesQuery: 'queue_depth{queue!=""}'
  resources: { overrides: { namespace: { resource: namespace } } }
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (queue)
`;

/** Gauges stay as they are for longer than a test; what counts ended a moment ago, within the window of its rule. */
const series: readonly BackfillSeries[] = [
  counter('http_requests_total{namespace="shop",pod="web-0",code="200"}', 2),
  counter('http_requests_total{namespace="shop",pod="web-0",code="500"}', 0.1),
  counter('http_requests_total{namespace="shop",pod="web-1",code="200"}', 1),
  gauge('cache_hit_ratio{namespace="shop",pod="web-0"}', 0.75),
  gauge('cache_hit_ratio{namespace="shop",pod="web-1"}', Infinity),
  gauge('queue_depth{namespace="shop",queue="orders"}', 17),
  gauge('queue_depth{namespace="shop",queue="mails"}', 3),
];

function counter(text: string, perSecond: number): BackfillSeries {
  return {
    series: text,
    samples: Array.from({ length: 41 }, (_, index) => ({ atMs: (index - 40) * 15_000, value: index * 15 * perSecond })),
  };
}

function gauge(text: string, value: number): BackfillSeries {
  return {
    series: text,
    samples: [
      { atMs: -60_000, value },
      { atMs: 0, value },
    ],
  };
}

/** Starts it all. */
export async function startMigrationScene(supervisor: Supervisor, directory: string): Promise<MigrationScene> {
  const found = { env: process.env, report: () => undefined };
  const [peer, binaries] = [await findPrometheusAdapter(found), await findControlPlane(found)];
  const controlPlane = await supervisor.own(
    await startControlPlane({ binaries, directory: join(directory, "control-plane"), report: () => undefined }),
  );
  const configFile = join(directory, "config.yaml");
  const prometheusDirectory = join(directory, "prometheus");
  const prometheus = await startBackfilledPrometheus({
    supervisor,
    directory: prometheusDirectory,
    series,
    lookBackMs: 3_600_000,
  });
  await writeFile(configFile, migrationRules);
  const { port, stop: stopPeer } = await startPeer(supervisor, {
    command: peer,
    directory: join(directory, "peer"),
    kubeconfig: controlPlane.admin.kubeconfig,
    args: [`--config=${configFile}`, `--prometheus-url=${prometheus.url}`],
  });
  let behindService = port;
  const service = await supervisor.own(await startKubeProxy(() => [behindService]));
  await apply(controlPlane, objectsBehind(service.port));
  const metrics = ["custom.metrics.k8s.io/v1beta1", "external.metrics.k8s.io/v1beta1"];
  for (const path of metrics) {
    await until(
      async () => (await controlPlane.kubectl(["get", "--raw", `/apis/${path}`])).stdout,
      (list) => list.includes('"name":'),
      60,
    );
  }
  for (const pod of pods)
    await run(controlPlane, ["patch", "pod", "-n", "shop", pod, "--subresource=status", "-p", running]);
  await apply(controlPlane, [autoscaler()]);
  return {
    controlPlane,
    prometheusUrl: prometheus.url,
    peerUrl: `https://127.0.0.1:${port}`,
    configFile,
    pointServiceAt: (next) => {
      behindService = next;
    },
    stopPeer,
  };
}

interface PeerOptions {
  readonly command: string;
  readonly directory: string;
  readonly kubeconfig: string;
  readonly args: readonly string[];
}

/** HorizontalPodAutoscalers take no pod into account that is pending, and here is nobody to run it. */
const running = JSON.stringify({ status: { phase: "Running" } });
const pods = ["web-0", "web-1"];

async function startPeer(
  supervisor: Supervisor,
  options: PeerOptions,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const { command, directory, kubeconfig, args } = options;
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const agent = new Agent({ connect: { rejectUnauthorized: false }, pipelining: 0 });
  await supervisor.own({ [Symbol.asyncDispose]: async () => agent.close() });
  const purposes = ["lister", "authentication", "authorization"].map((each) => `--${each}-kubeconfig=${kubeconfig}`);
  const { stop } = await supervisor.own(
    await startProcess({
      name: "prometheus-adapter",
      command,
      args: [...args, ...purposes, "--bind-address=127.0.0.1", `--secure-port=${port}`, `--cert-dir=${directory}`],
      logFile: join(directory, "log.txt"),
      ready: async () => (await request(`https://127.0.0.1:${port}/readyz`, { dispatcher: agent })).statusCode === 200,
      readyWithinMs: 60_000,
    }),
  );
  return { port, stop };
}

async function apply(controlPlane: ControlPlane, objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await run(controlPlane, ["apply", "-f", "-"], JSON.stringify(list));
}

async function run({ kubectl }: ControlPlane, args: readonly string[], input?: string): Promise<void> {
  const { code, stderr } = await kubectl(args, input);
  if (code !== 0) throw new Error(stderr);
}

/** What the cluster has: an application, the registration of metrics, and leave to read them. */
function objectsBehind(port: number): readonly object[] {
  return [
    ...["shop", "monitoring"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...pods.map((name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "shop", labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web" }] },
    })),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
      },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "metrics-reader" },
      rules: [
        { apiGroups: ["custom.metrics.k8s.io", "external.metrics.k8s.io"], resources: ["*"], verbs: ["get", "list"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "hpa-reads-metrics" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "metrics-reader" },
      subjects: [{ kind: "ServiceAccount", name: "horizontal-pod-autoscaler", namespace: "kube-system" }],
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "prometheus-adapter", namespace: "monitoring" },
      spec: { type: "ExternalName", externalName: "localhost" },
    },
    ...["custom", "external"].map((name) => apiService(`${name}.metrics.k8s.io`, port)),
  ];
}

function autoscaler(): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 8,
      metrics: [
        {
          type: "Pods",
          pods: { metric: { name: "http_requests_per_second" }, target: { type: "AverageValue", averageValue: "1" } },
        },
        {
          type: "Object",
          object: {
            describedObject: { apiVersion: "v1", kind: "Pod", name: "web-0" },
            metric: { name: "cache_hit_ratio" },
            target: { type: "Value", value: "1" },
          },
        },
        {
          type: "External",
          external: {
            metric: { name: "queue_depth", selector: { matchLabels: { queue: "orders" } } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
  };
}

function apiService(group: string, port: number): object {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1beta1.${group}` },
    spec: {
      group,
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: "prometheus-adapter", namespace: "monitoring", port },
    },
  };
}
