import { autoscaler } from "../../sandbox/autoscaler.ts";
import type { ControlPlane } from "../../sandbox/control-plane.ts";

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
  return stateOf(JSON.parse(stdout) as Autoscaler);
}

/** Reads the status of all autoscalers of the cluster at one moment. */
export async function autoscalerStates({ kubectl }: ControlPlane): Promise<readonly AutoscalerState[]> {
  const { stdout, stderr } = await kubectl(["get", "hpa", "-A", "-o", "json"]);
  if (stdout === "") throw new Error(stderr);
  const { items } = JSON.parse(stdout) as { readonly items: readonly Autoscaler[] };
  return items.map(stateOf);
}

interface Autoscaler {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly conditions?: readonly Readonly<Record<"type" | "status" | "reason" | "message", string>>[];
  };
}

function stateOf({ metadata: { namespace, name }, status = {} }: Autoscaler): AutoscalerState {
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  return {
    namespace,
    name,
    replicas: status.desiredReplicas ?? 0,
    scalingActive: active?.status,
    reason: active === undefined ? "" : `${active.reason}: ${active.message}`,
  };
}
