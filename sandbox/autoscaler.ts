const halfACore = { type: "AverageValue", averageValue: "500m" };

/** The pool that a HorizontalPodAutoscaler names, as its target or as what a metric describes. */
function poolReference(name: string): object {
  return { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", name };
}

/** Half a core of CPU time for each VM, as a metric of the pool as a whole. */
export function objectMetric(pool: string): object {
  return poolMetric(pool, "cpu-usageCores", halfACore);
}

/** The mean share that the VMs of a pool use of their vCPUs, such as `250m`. */
export function averageRatioMetric(pool: string, ratio: string): object {
  return poolMetric(pool, "cpu-usageAverageRatio", { type: "Value", value: ratio });
}

/** Half a core of CPU time for each VM, as an external metric of these VMs. */
export function externalMetric(vms: readonly string[]): object {
  const selector = { matchExpressions: [{ key: "vm", operator: "In", values: vms }] };
  return { type: "External", external: { metric: { name: "cpu-usageCores", selector }, target: halfACore } };
}

/** The same as a metric of the pods that the pool's selector matches. */
export const podsMetric: object = { type: "Pods", pods: { metric: { name: "cpu-usageCores" }, target: halfACore } };

/** A HorizontalPodAutoscaler of a pool, of its own name. */
export function autoscaler(
  namespace: string,
  pool: string,
  metric: object,
  { min = 2, max }: { readonly min?: number; readonly max: number },
): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace, name: pool },
    spec: { scaleTargetRef: poolReference(pool), minReplicas: min, maxReplicas: max, metrics: [metric] },
  };
}

function poolMetric(pool: string, name: string, target: object): object {
  return { type: "Object", object: { describedObject: poolReference(pool), metric: { name }, target } };
}
