import { join } from "node:path";
import type { Adapter } from "./adapter.ts";
import { findControlPlane, findPrometheus } from "./binaries.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { startDeployment } from "./deployment.ts";
import { createKubernetesClient, readKubeconfig } from "./kubernetes-client.ts";
import { type Kubevirt, startKubevirt } from "./kubevirt/kubevirt.ts";
import { flagsOf, onLoopback, readinessProbeOf, readManifest } from "./manifest.ts";
import type { Report } from "./progress.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import type { Supervisor } from "./supervisor.ts";

/** How to start a cluster. */
export interface ClusterOptions {
  /** Holds everything that its parts write. */
  readonly directory: string;
  /** Owns what is started. */
  readonly supervisor: Supervisor;
  readonly report: Report;
  /** The adapter's configuration file. */
  readonly config: object;
  /** Pace of the HorizontalPodAutoscaler controller; see `ControlPlaneOptions`. */
  readonly hpa?: { readonly syncPeriodMs?: number; readonly downscaleStabilizationMs?: number };
  /** Default 1,000. */
  readonly scrapeIntervalMs?: number;
  /** From a VM's placement until its guest runs, in milliseconds. Default 2,000. */
  readonly bootMs?: number;
  /** How many adapters there are; several are behind a Service. Default 1. */
  readonly replicas?: number;
  /** Flags of the adapter that come after those of the manifest. */
  readonly adapterArgs?: readonly string[];
  /** Flags of the adapter's Node. */
  readonly nodeArgs?: readonly string[];
}

/** A control plane with simulated KubeVirt, a Prometheus that scrapes it, and the adapter behind the aggregation layer. */
export interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly kubevirt: Kubevirt;
  readonly prometheus: Prometheus;
  /** The first of the adapters. */
  readonly adapter: Adapter;
  readonly adapters: readonly Adapter[];
}

const manifestFiles = ["apiservice.yaml", "external.yaml"];
const serviceAccount = { namespace: "vm-metrics-adapter", name: "vm-metrics-adapter" };

/**
 * Starts everything and applies the project's manifests as they are shipped, only the Service replaced (see
 * `onLoopback`). The adapter has the rights of their ServiceAccount and the flags of their Deployment.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory, supervisor, report } = options;
  const { signal } = supervisor;
  const found = { env: process.env, report, signal };
  const [prometheusBinaries, binaries] = [await findPrometheus(found), await findControlPlane(found)];

  const controlPlane = await supervisor.own(
    await startControlPlane({
      binaries,
      directory: join(directory, "control-plane"),
      report,
      signal,
      ...(options.hpa === undefined ? {} : { hpa: options.hpa }),
    }),
  );
  const kubevirt = await startSimulation(options, controlPlane);
  const prometheus = await supervisor.own(
    await startPrometheus({
      binary: prometheusBinaries.prometheus,
      directory: join(directory, "prometheus"),
      scrapeConfigs: kubevirt.scrapeConfigs,
      scrapeIntervalMs: options.scrapeIntervalMs ?? 1_000,
      signal,
    }),
  );
  const manifest = manifestFiles.flatMap(readManifest);
  const { adapters, port } = await startDeployment({
    replicas: options.replicas ?? 1,
    readinessProbe: readinessProbeOf(manifest),
    supervisor,
    directory,
    kubeconfig: await applyManifest(controlPlane),
    prometheusUrl: prometheus.url,
    config: options.config,
    args: [...flagsOf(manifest), ...(options.adapterArgs ?? [])],
    ...(options.nodeArgs === undefined ? {} : { nodeArgs: options.nodeArgs }),
    signal,
  });
  await register(controlPlane, port);
  return { controlPlane, kubevirt, prometheus, adapter: adapters[0], adapters };

  /** Rights come first: the adapter is not ready without them. */
  async function applyManifest({ kubectl, kubeconfigFor }: ControlPlane): Promise<string> {
    const rights = manifest.filter(({ kind }) => kind !== "APIService" && kind !== "Service");
    await apply(kubectl, rights);
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${serviceAccount.namespace}`];
    return kubeconfigFor(`system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`, groups);
  }

  async function register({ kubectl }: ControlPlane, servicePort: number): Promise<void> {
    await apply(kubectl, onLoopback(manifest, servicePort));
    const names = manifest.filter(({ kind }) => kind === "APIService").map(({ metadata }) => metadata.name);
    const waiting = ["wait", "--for=condition=Available", "--timeout=60s", "apiservice", ...names];
    const { code, stderr } = await kubectl(waiting);
    if (code !== 0) throw new Error(`Cannot register the adapter: ${stderr}`);
  }
}

async function startSimulation({ supervisor, bootMs }: ClusterOptions, { admin }: ControlPlane): Promise<Kubevirt> {
  const client = createKubernetesClient(await readKubeconfig(admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  const kubevirt = await startKubevirt({ client, ...(bootMs === undefined ? {} : { bootMs }) });
  await supervisor.own({ [Symbol.asyncDispose]: async () => kubevirt.stop() });
  await kubevirt.installCrds();
  return kubevirt;
}

async function apply(kubectl: ControlPlane["kubectl"], objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const { code, stderr } = await kubectl(["apply", "-f", "-"], JSON.stringify(list));
  if (code !== 0) throw new Error(`Cannot apply the manifest: ${stderr}`);
}
