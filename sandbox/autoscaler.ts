const target = { type: "AverageValue", averageValue: "500m" };

/** The pool that a HorizontalPodAutoscaler names, as its target or as what a metric describes. */
function poolReference(name: string): object {
  return { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", name };
}

/** Half a core of CPU time for each VM, as a metric of the pool as a whole. */
export function objectMetric(pool: string): object {
  return {
    type: "Object",
    object: { describedObject: poolReference(pool), metric: { name: "cpu-usageCores" }, target },
  };
}

/** The same as a metric of the pods that the pool's selector matches. */
export const podsMetric: object = { type: "Pods", pods: { metric: { name: "cpu-usageCores" }, target } };

/** A HorizontalPodAutoscaler of a pool, of its own name, for 2 to `maxReplicas` VMs. */
export function autoscaler(namespace: string, pool: string, metric: object, maxReplicas: number): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace, name: pool },
    spec: { scaleTargetRef: poolReference(pool), minReplicas: 2, maxReplicas, metrics: [metric] },
  };
}
