import type { KubernetesObject } from "../kubernetes-object.ts";
import { templateSpec } from "./specification.ts";

/** A pool or replica set to be made. */
export interface GroupSpec {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Labels of VMs, instances and pods, which the scale selector asks for. Default: `kubevirt.io/vmpool` = name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** vCPUs of each VM. Default 2. */
  readonly vcpus?: number;
  /** Memory of each VM. Default 2 GiB. */
  readonly memoryBytes?: number;
}

/** Writes a VirtualMachinePool; its template repeats the labels, so that the scale selector finds pods, too. */
export function poolObject(spec: GroupSpec): KubernetesObject {
  const labels = labelsOf(spec);
  return {
    apiVersion: "pool.kubevirt.io/v1beta1",
    kind: "VirtualMachinePool",
    metadata: { name: spec.name, namespace: spec.namespace },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      virtualMachineTemplate: {
        metadata: { labels },
        spec: { runStrategy: "Always", template: { metadata: { labels }, spec: templateSpec(sizeOf(spec)) } },
      },
    },
  };
}

/** Writes a VirtualMachineInstanceReplicaSet. */
export function replicaSetObject(spec: GroupSpec): KubernetesObject {
  const labels = labelsOf(spec);
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstanceReplicaSet",
    metadata: { name: spec.name, namespace: spec.namespace },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: templateSpec(sizeOf(spec)) },
    },
  };
}

function labelsOf({ name, labels = { "kubevirt.io/vmpool": name } }: GroupSpec): Readonly<Record<string, string>> {
  return labels;
}

function sizeOf({ vcpus = 2, memoryBytes = 2 * 1024 ** 3 }: GroupSpec): { vcpus: number; memoryBytes: number } {
  return { vcpus, memoryBytes };
}
