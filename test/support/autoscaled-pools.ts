import { autoscaler } from "../../sandbox/autoscaler.ts";
import type { Cluster } from "../../sandbox/cluster.ts";
import type { KubernetesClient } from "../../sandbox/kubernetes-client.ts";
import { fieldAt } from "../../sandbox/kubernetes-object.ts";
import { type AutoscalerState, autoscalerStates } from "./autoscaler.ts";
import { numberOf } from "./quantity.ts";
import { until } from "./until.ts";

/** A pool with an autoscaler of its own name. */
export interface AutoscaledPool {
  readonly namespace: string;
  readonly name: string;
  /** What the autoscaler asks for; its target has to be one that two members reach and one or three do not. */
  readonly metric: object;
}

/** Where pools are made. */
export interface Stage {
  readonly cluster: Pick<Cluster, "kubevirt" | "controlPlane">;
  /** Asks the control plane as an administrator; cheaper than kubectl. */
  readonly client: KubernetesClient;
}

const members = 2;
/** Of the members of a pool together. */
const totalCores = 0.8;

/** Makes pools of two virtual machines with 0.4 cores each, labelled `app` = their pool, and waits until each autoscaler is at work. */
export async function createAutoscaledPools(stage: Stage, pools: readonly AutoscaledPool[]): Promise<void> {
  const { kubevirt, controlPlane } = stage.cluster;
  for (const { namespace, name } of pools) kubevirt.setPoolLoad(namespace, name, { totalCores });
  await Promise.all(
    pools.map(async ({ namespace, name }) =>
      kubevirt.createPool({ namespace, name, replicas: members, labels: { app: name } }),
    ),
  );
  await until(
    async () => Promise.all(pools.map(async (pool) => sumOf(stage.client, pool))),
    (sums) => sums.every((sum) => Math.abs(sum / totalCores - 1) < 0.1),
    60,
  );
  // Room on either side, so that a wrong number shows.
  const items = pools.map(({ namespace, name, metric }) => autoscaler(namespace, name, metric, { min: 1, max: 4 }));
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await until(
    async () => autoscalerStates(stage.client),
    (states) => states.length === pools.length && states.every(isAtWork),
    60,
  );
}

/** Whether an autoscaler of such a pool has got its metric, and wants as many replicas as follow from it. */
export function isAtWork({ scalingActive, replicas }: AutoscalerState): boolean {
  return scalingActive === "True" && replicas === members;
}

/** The cores of a pool through the aggregation layer; NaN without an answer. */
async function sumOf(client: KubernetesClient, { namespace, name }: AutoscaledPool): Promise<number> {
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${name}/cpu-usageCores`;
  const answer = await client.get(path);
  const items = answer.ok ? fieldAt(answer.value, "items") : undefined;
  const value = Array.isArray(items) ? fieldAt(items[0], "value") : undefined;
  return typeof value === "string" ? numberOf(value) : NaN;
}
