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

const target = { type: "AverageValue", averageValue: "500m" };

/** A metric of the pool as a whole: the HPA divides the sum by its target, whatever the pods are doing. */
export function objectMetric(pool: string, name = "cpu-usageCores"): object {
  const describedObject = { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", name: pool };
  return { type: "Object", object: { describedObject, metric: { name }, target } };
}

/** A metric of the pods that the pool's selector matches. */
export const podsMetric: object = { type: "Pods", pods: { metric: { name: "cpu-usageCores" }, target } };

/** Creates an autoscaler of a pool, of its own name, for 2 to 10 replicas. */
export async function createAutoscaler(
  { kubectl }: ControlPlane,
  namespace: string,
  pool: string,
  metric: object,
): Promise<void> {
  const autoscaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace, name: pool },
    spec: {
      scaleTargetRef: { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", name: pool },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [metric],
    },
  };
  const { code, stderr } = await kubectl(["apply", "-f", "-"], JSON.stringify(autoscaler));
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
