import type { Cluster } from "../../sandbox/cluster.ts";
import type { KubernetesClient } from "../../sandbox/kubernetes-client.ts";
import { pathOf } from "../../sandbox/kubernetes-object.ts";
import type { Load, PoolLoad } from "../../sandbox/kubevirt/load.ts";
import type { DocumentedAutoscaler } from "./documented-autoscalers.ts";
import { metricLoads, vcpus } from "./metric-loads.ts";
import { numberOf } from "./quantity.ts";

/** What an autoscaler says at one moment, and what is so. */
export interface Moment {
  /** The status of condition ScalingActive, or undefined before the first round. */
  readonly active: string | undefined;
  /** The message of that condition. */
  readonly reason: string;
  /** What the autoscaler wants; 0 before the first round. */
  readonly replicas: number;
  /** What it has read, for each replica or as it is; NaN before. */
  readonly read: number;
  /** What the simulated guests make of it. */
  readonly truth: number;
  /** How many virtual machines run. */
  readonly running: number;
}

/** An autoscaler in a namespace of its own, with what it measures and what it scales: two replicas. */
export interface Scene {
  /** Sets the load of all guests together, in targets of the autoscaler. */
  readonly setTargets: (targets: number) => void;
  /** Sets another load of them. */
  readonly setLoad: (load: PoolLoad) => void;
  /** Applies the autoscaler as it is documented, only its namespace replaced. */
  readonly apply: () => Promise<void>;
  readonly look: () => Promise<Moment>;
}

/** Where scenes are. */
export interface Stage {
  readonly cluster: Pick<Cluster, "kubevirt" | "controlPlane">;
  /** Asks the control plane; cheaper than kubectl. */
  readonly client: KubernetesClient;
}

const memoryBytes = 4 * 1024 ** 3;

/** Makes the namespace, the pool, and the Deployment where it is one that is scaled. The autoscaler is applied later. */
export async function openScene(stage: Stage, autoscaler: DocumentedAutoscaler, namespace: string): Promise<Scene> {
  const { text, scaleTarget, metric } = autoscaler;
  const { kubevirt, controlPlane } = stage.cluster;
  const simulated = metricLoads[metric.name];
  if (simulated === undefined) throw new Error(`The simulator is not told how to drive "${metric.name}"`);

  async function apply(objects: string): Promise<void> {
    const { code, stderr } = await controlPlane.kubectl(["apply", "-n", namespace, "-f", "-"], objects);
    if (code !== 0) throw new Error(stderr);
  }

  const pool = poolOf(autoscaler);
  const replicas = metric.type === "External" ? 1 : 2;
  await kubevirt.createPool({ namespace, name: pool, replicas, vcpus, memoryBytes });
  if (scaleTarget.kind === "Deployment") await apply(JSON.stringify(deployment(scaleTarget.name)));
  return {
    setTargets: (targets) => {
      const total = simulated.ofTotal(targets * numberOf(metric.target.quantity));
      kubevirt.setPoolLoad(namespace, pool, { total });
    },
    setLoad: (load) => {
      kubevirt.setPoolLoad(namespace, pool, load);
    },
    apply: async () => apply(text.replace(`namespace: ${autoscaler.namespace}`, `namespace: ${namespace}`)),
    look: async () => {
      const resource = { group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers" };
      const answer = await stage.client.get(pathOf(resource, { namespace, name: autoscaler.name }));
      if (!answer.ok) throw new Error(answer.error.message);
      const guests = kubevirt.vms(namespace).filter(({ phase }) => phase === "Running");
      const loads = guests.map(({ load }) => load);
      return momentOf((answer.value.status ?? {}) as AutoscalerStatus, autoscaler, loads);
    },
  };
}

/** Whether the autoscaler is at work and has read the truth, ± 10 %. */
export function isTrue({ active, read, truth }: Moment): boolean {
  return active === "True" && Math.abs(read / truth - 1) <= 0.1;
}

interface AutoscalerStatus {
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly conditions?: readonly Readonly<Record<"type" | "status" | "message", string>>[];
  readonly currentMetrics?: readonly Partial<Record<"object" | "external", CurrentMetric>>[];
}

interface CurrentMetric {
  readonly current: { readonly averageValue?: string; readonly value?: string };
}

function momentOf(status: AutoscalerStatus, { metric }: DocumentedAutoscaler, loads: readonly Load[]): Moment {
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  const [source] = status.currentMetrics ?? [];
  const { averageValue = "", value = "" } = (source?.object ?? source?.external)?.current ?? {};
  const sum = loads.reduce((total, load) => total + (metricLoads[metric.name]?.figure(load) ?? NaN), 0);
  const isMean = metric.target.type === "Value";
  return {
    active: active?.status,
    reason: active?.message ?? "",
    replicas: status.desiredReplicas ?? 0,
    read: numberOf(isMean ? value : averageValue),
    truth: sum / (isMean ? loads.length : (status.currentReplicas ?? NaN)),
    running: loads.length,
  };
}

/** The pool of which the metric is; an external one names a virtual machine, which is its pool's first. */
function poolOf({ metric, scaleTarget }: DocumentedAutoscaler): string {
  return metric.type === "External" ? (metric.labels["vm"] ?? "").replace(/-0$/u, "") : scaleTarget.name;
}

function deployment(name: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
}
