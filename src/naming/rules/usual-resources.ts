import type { ApiResource, ApiResourceGroup } from "./rest-mapper.ts";

/**
 * The resources that autoscaled clusters usually have: Kubernetes' own, KubeVirt's, and those of what rules are often written
 * for, in the order of a kube-apiserver's discovery. For trying rules out without a cluster; a real one has others.
 */
export const usualResources: readonly ApiResourceGroup[] = [
  version("", "v1", {
    namespaced: {
      configmaps: "ConfigMap",
      endpoints: "Endpoints",
      persistentvolumeclaims: "PersistentVolumeClaim",
      pods: "Pod",
      replicationcontrollers: "ReplicationController",
      services: "Service",
    },
    cluster: { namespaces: "Namespace", nodes: "Node", persistentvolumes: "PersistentVolume" },
  }),
  version("apps", "v1", {
    namespaced: {
      daemonsets: "DaemonSet",
      deployments: "Deployment",
      replicasets: "ReplicaSet",
      statefulsets: "StatefulSet",
    },
  }),
  version("autoscaling", "v2", { namespaced: { horizontalpodautoscalers: "HorizontalPodAutoscaler" } }),
  version("batch", "v1", { namespaced: { cronjobs: "CronJob", jobs: "Job" } }),
  version("networking.k8s.io", "v1", {
    namespaced: { ingresses: "Ingress" },
    cluster: { ingressclasses: "IngressClass" },
  }),
  version("policy", "v1", { namespaced: { poddisruptionbudgets: "PodDisruptionBudget" } }),
  version("storage.k8s.io", "v1", { cluster: { storageclasses: "StorageClass" } }),
  version("gateway.networking.k8s.io", "v1", { namespaced: { gateways: "Gateway", httproutes: "HTTPRoute" } }),
  version("kubevirt.io", "v1", {
    namespaced: {
      virtualmachineinstancemigrations: "VirtualMachineInstanceMigration",
      virtualmachineinstancereplicasets: "VirtualMachineInstanceReplicaSet",
      virtualmachineinstances: "VirtualMachineInstance",
      virtualmachines: "VirtualMachine",
    },
  }),
  version("pool.kubevirt.io", "v1beta1", { namespaced: { virtualmachinepools: "VirtualMachinePool" } }),
  version("cdi.kubevirt.io", "v1beta1", { namespaced: { datavolumes: "DataVolume" } }),
];

/** Kinds by plural. */
type Kinds = Readonly<Record<string, string>>;

function version(
  group: string,
  name: string,
  { namespaced = {}, cluster = {} }: { readonly namespaced?: Kinds; readonly cluster?: Kinds },
): ApiResourceGroup {
  return { group, version: name, resources: [...resourcesOf(namespaced, true), ...resourcesOf(cluster, false)] };
}

function resourcesOf(kinds: Kinds, namespaced: boolean): readonly ApiResource[] {
  return Object.entries(kinds).map(([name, kind]) => ({ name, singular: kind.toLowerCase(), kind, namespaced }));
}
