import type { ApiResource } from "../kubernetes-object.ts";

/** The resources that the simulated KubeVirt reads and writes. */
export const resources = {
  namespaces: { group: "", version: "v1", resource: "namespaces" },
  nodes: { group: "", version: "v1", resource: "nodes" },
  pods: { group: "", version: "v1", resource: "pods" },
  definitions: { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" },
  machines: { group: "kubevirt.io", version: "v1", resource: "virtualmachines" },
  instances: { group: "kubevirt.io", version: "v1", resource: "virtualmachineinstances" },
  replicaSets: { group: "kubevirt.io", version: "v1", resource: "virtualmachineinstancereplicasets" },
  pools: { group: "pool.kubevirt.io", version: "v1beta1", resource: "virtualmachinepools" },
} as const satisfies Readonly<Record<string, ApiResource>>;
