import { autoscaler } from "../../sandbox/autoscaler.ts";
import type { ControlPlane } from "../../sandbox/control-plane.ts";
import type { KubernetesClient } from "../../sandbox/kubernetes-client.ts";
import { type KubernetesObject, pathOf } from "../../sandbox/kubernetes-object.ts";

/** What an HorizontalPodAutoscaler says of itself. */
export interface AutoscalerState {
  readonly namespace: string;
  readonly name: string;
  /** What it wants now; 0 before its first round. */
  readonly replicas: number;
  /** The status of condition ScalingActive, or undefined before its first round. */
  readonly scalingActive: string | undefined;
  /** Reason and message of that condition. */
  readonly reason: string;
}

/** Creates an autoscaler of a pool, by default for 2 to 10 replicas. */
export async function createAutoscaler(
  { kubectl }: ControlPlane,
  namespace: string,
  pool: string,
  metric: object,
  replicas: { readonly min?: number; readonly max: number } = { max: 10 },
): Promise<void> {
  const object = autoscaler(namespace, pool, metric, replicas);
  const { code, stderr } = await kubectl(["apply", "-f", "-"], JSON.stringify(object));
  if (code !== 0) throw new Error(stderr);
}

/** Reads the status of an autoscaler. */
export async function autoscalerState(
  { kubectl }: ControlPlane,
  namespace: string,
  name: string,
): Promise<AutoscalerState> {
  const { stdout, stderr } = await kubectl(["get", "hpa", name, "-n", namespace, "-o", "json"]);
  if (stdout === "") throw new Error(stderr);
  return stateOf(JSON.parse(stdout) as KubernetesObject);
}

/** Reads the status of all autoscalers of the cluster. */
export async function autoscalerStates(client: KubernetesClient): Promise<readonly AutoscalerState[]> {
  const resource = { group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers" };
  const answer = await client.list(pathOf(resource, {}));
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.map(stateOf);
}

/** The part of an autoscaler's status (autoscaling/v2) that is read here. */
interface AutoscalerStatus {
  readonly desiredReplicas?: number;
  readonly conditions?: readonly Readonly<Record<"type" | "status" | "reason" | "message", string>>[];
}

function stateOf({ metadata, status }: KubernetesObject): AutoscalerState {
  const { desiredReplicas = 0, conditions } = (status ?? {}) as AutoscalerStatus;
  const active = conditions?.find(({ type }) => type === "ScalingActive");
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    replicas: desiredReplicas,
    scalingActive: active?.status,
    reason: active === undefined ? "" : `${active.reason}: ${active.message}`,
  };
}
