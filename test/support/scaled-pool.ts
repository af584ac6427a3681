import type { Cluster } from "../../sandbox/cluster.ts";
import type { ControlPlane } from "../../sandbox/control-plane.ts";
import type { CommandResult } from "../../sandbox/run-command.ts";
import { autoscalerState, type AutoscalerState, createAutoscaler } from "./autoscaler.ts";
import { until } from "./until.ts";

/**
 * Makes a pool of two virtual machines, in a namespace of the same name, with an autoscaler that is at work; answers how to
 * read its state.
 */
export async function createScaledPool(
  { kubevirt, controlPlane }: Pick<Cluster, "kubevirt" | "controlPlane">,
  name: string,
  metric: object,
  totalCores: number,
): Promise<() => Promise<AutoscalerState>> {
  await kubevirt.createPool({ namespace: name, name, replicas: 2, labels: { app: name } });
  kubevirt.setPoolLoad(name, name, { totalCores });
  await until(
    () => askAdapter(controlPlane, `${name}/virtualmachinepools.pool.kubevirt.io/${name}/cpu-usageCores`),
    ({ code }) => code === 0,
    30,
  );
  await createAutoscaler(controlPlane, name, name, metric);
  async function state(): Promise<AutoscalerState> {
    return autoscalerState(controlPlane, name, name);
  }
  await until(state, ({ scalingActive }) => scalingActive === "True", 30);
  return state;
}

/** Asks for metrics within a namespace through the aggregation layer, as an administrator or whoever the kubeconfig belongs to. */
export async function askAdapter({ kubectl }: ControlPlane, path: string, kubeconfig?: string): Promise<CommandResult> {
  const args = ["get", "--raw", `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${path}`];
  return kubectl(kubeconfig === undefined ? args : [...args, "--kubeconfig", kubeconfig]);
}

/** Each number of replicas that was wanted, once. */
export function replicasOf(states: readonly AutoscalerState[]): readonly number[] {
  return [...new Set(states.map(({ replicas }) => replicas))];
}

/** Whether the API server finds both versions of custom metrics available. */
export async function isAvailable({ kubectl }: ControlPlane): Promise<boolean> {
  const { stdout } = await kubectl(["get", "apiservices", "-o", "wide"]);
  const lines = stdout.split("\n").filter((line) => line.includes("custom.metrics.k8s.io"));
  return lines.length === 2 && lines.every((line) => /\sTrue\s/u.test(line));
}
