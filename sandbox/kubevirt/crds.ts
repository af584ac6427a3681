import type { JsonObject, KubernetesObject } from "../kubernetes-object.ts";

const scalePaths: JsonObject = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".status.labelSelector",
};

/**
 * The CustomResourceDefinitions of KubeVirt v1.9.0 as far as an autoscaler sees them: names, versions, status and scale
 * subresources. Their schema takes everything.
 */
export const customResourceDefinitions: readonly KubernetesObject[] = [
  definition({ kind: "VirtualMachine", group: "kubevirt.io", versions: ["v1"], shortNames: ["vm", "vms"] }),
  definition({ kind: "VirtualMachineInstance", group: "kubevirt.io", versions: ["v1"], shortNames: ["vmi", "vmis"] }),
  definition({
    kind: "VirtualMachineInstanceReplicaSet",
    group: "kubevirt.io",
    versions: ["v1"],
    shortNames: ["vmirs", "vmirss"],
    scalable: true,
  }),
  definition({
    kind: "VirtualMachinePool",
    group: "pool.kubevirt.io",
    versions: ["v1beta1", "v1alpha1"],
    shortNames: ["vmpool", "vmpools"],
    scalable: true,
  }),
];

interface Traits {
  readonly kind: string;
  readonly group: string;
  /** The first one is stored. */
  readonly versions: readonly string[];
  readonly shortNames: readonly string[];
  readonly scalable?: boolean;
}

function definition({ kind, group, versions, shortNames, scalable = false }: Traits): KubernetesObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ["all"] },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        subresources: { status: {}, ...(scalable ? { scale: scalePaths } : {}) },
      })),
    },
  };
}
