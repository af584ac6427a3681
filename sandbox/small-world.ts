import { join } from "node:path";
import { type Adapter, startAdapter } from "./adapter.ts";
import { findPrometheus } from "./binaries.ts";
import { type KubernetesApi, startKubernetesApi } from "./kubernetes-api.ts";
import { createKubernetesClient, readKubeconfig } from "./kubernetes-client.ts";
import { type Kubevirt, type KubevirtOptions, startKubevirt } from "./kubevirt/kubevirt.ts";
import type { Report } from "./progress.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import type { Supervisor } from "./supervisor.ts";

/** How to start a world without a control plane. */
export interface SmallWorldOptions {
  /** Holds everything that its parts write. */
  readonly directory: string;
  /** Owns what is started. */
  readonly supervisor: Supervisor;
  readonly report: Report;
  /** The adapter's configuration file. */
  readonly config: object;
  /** Default 1,000. */
  readonly scrapeIntervalMs?: number;
  readonly kubevirt?: Pick<KubevirtOptions, "bootMs" | "overlapMs">;
}

/** A stand-in Kubernetes API with simulated KubeVirt, a real Prometheus that scrapes it, and the adapter. */
export interface SmallWorld {
  readonly kubernetes: KubernetesApi;
  readonly kubevirt: Kubevirt;
  readonly prometheus: Prometheus;
  readonly adapter: Adapter;
}

/** Starts the parts one after the other; ready in seconds where Prometheus is at hand. */
export async function startSmallWorld(options: SmallWorldOptions): Promise<SmallWorld> {
  const { directory, supervisor, report } = options;
  const { signal } = supervisor;
  const binaries = await findPrometheus({ env: process.env, report, signal });

  const kubernetes = await startKubernetesApi({
    directory,
    reviews: { isAllowed: ({ user }) => user !== "system:anonymous" },
  });
  await supervisor.own({ [Symbol.asyncDispose]: kubernetes.stop });
  report(`A stand-in Kubernetes API is on ${kubernetes.url}`);

  const client = createKubernetesClient(await readKubeconfig(kubernetes.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: client.close });
  const kubevirt = await startKubevirt({ client, bootMs: 1_000, ...options.kubevirt });
  await supervisor.own({ [Symbol.asyncDispose]: kubevirt.stop });
  await kubevirt.installCrds();

  const scrapeIntervalMs = options.scrapeIntervalMs ?? 1_000;
  const prometheus = await startPrometheus({
    binary: binaries.prometheus,
    directory: join(directory, "prometheus"),
    scrapeConfigs: kubevirt.scrapeConfigs,
    scrapeIntervalMs,
    signal,
  });
  await supervisor.own(prometheus);
  report(`Prometheus ${binaries.version} on ${prometheus.url} scrapes KubeVirt every ${scrapeIntervalMs / 1_000} s`);

  const adapter = await startAdapter({
    directory: join(directory, "adapter"),
    kubeconfig: kubernetes.kubeconfig,
    prometheusUrl: prometheus.url,
    config: options.config,
    signal,
  });
  await supervisor.own(adapter);
  report(`vm-metrics-adapter is on ${adapter.url}; its log is ${adapter.logFile}`);
  return { kubernetes, kubevirt, prometheus, adapter };
}
