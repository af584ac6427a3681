import { autoscaler } from "../../sandbox/autoscaler.ts";
import type { ControlPlane } from "../../sandbox/control-plane.ts";

/** What an HorizontalPodAutoscaler says of itself. */
export interface AutoscalerState {
  /** What it wants now; 0 before its first round. */
  readonly replicas: number;
  /** The status of condition ScalingActive, or undefined before its first round. */
  readonly scalingActive: string | undefined;
  /** Reason and message of that condition. */
  readonly reason: string;
}

/** Creates an autoscaler of a pool for 2 to 10 replicas. */
export async function createAutoscaler(
  { kubectl }: ControlPlane,
  namespace: string,
  pool: string,
  metric: object,
): Promise<void> {
  const object = autoscaler(namespace, pool, metric, 10);
  const { code, stderr } = await kubectl(["apply", "-f", "-"], JSON.stringify(object));
  if (code !== 0) throw new Error(stderr);
}

interface Status {
  readonly desiredReplicas?: number;
  readonly conditions?: readonly Readonly<Record<"type" | "status" | "reason" | "message", string>>[];
}

/** Reads the status of an autoscaler. */
export async function autoscalerState(
  { kubectl }: ControlPlane,
  namespace: string,
  name: string,
): Promise<AutoscalerState> {
  const { stdout, stderr } = await kubectl(["get", "hpa", name, "-n", namespace, "-o", "json"]);
  if (stdout === "") throw new Error(stderr);
  const { status = {} } = JSON.parse(stdout) as { readonly status?: Status };
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  return {
    replicas: status.desiredReplicas ?? 0,
    scalingActive: active?.status,
    reason: active === undefined ? "" : `${active.reason}: ${active.message}`,
  };
}
