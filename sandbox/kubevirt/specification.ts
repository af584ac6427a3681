import { fieldAt, isJsonObject, type JsonObject, type KubernetesObject, textAt } from "../kubernetes-object.ts";
import type { MachineSpec } from "./machine.ts";

/** Reads what a VirtualMachine (kubevirt.io/v1) is; what its template leaves out has small defaults. */
export function specOfMachine(object: KubernetesObject, group: string | undefined): MachineSpec {
  return {
    ...specOfTemplate(fieldAt(object, "spec", "template")),
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    kind: "VirtualMachine",
    labels: object.metadata.labels ?? {},
    ...(group === undefined ? {} : { group }),
  };
}

/** Reads what a member of a VirtualMachineInstanceReplicaSet is, from the replica set. */
export function specOfMember(replicaSet: KubernetesObject, name: string): MachineSpec {
  const template = specOfTemplate(fieldAt(replicaSet, "spec", "template"));
  return {
    ...template,
    namespace: replicaSet.metadata.namespace ?? "",
    name,
    kind: "VirtualMachineInstance",
    group: replicaSet.metadata.name,
    labels: {},
    instanceLabels: { ...template.instanceLabels, "kubevirt.io/vmReplicaSet": replicaSet.metadata.name },
  };
}

/** Writes the `spec` of a VirtualMachineInstance template. */
export function templateSpec({ vcpus, memoryBytes }: Pick<MachineSpec, "vcpus" | "memoryBytes">): JsonObject {
  return {
    domain: {
      cpu: { cores: vcpus, sockets: 1, threads: 1 },
      memory: { guest: String(memoryBytes) },
      devices: {
        disks: [{ name: "rootdisk", disk: { bus: "virtio" } }],
        interfaces: [{ name: "default", masquerade: {} }],
      },
    },
    networks: [{ name: "default", pod: {} }],
    volumes: [{ name: "rootdisk", persistentVolumeClaim: { claimName: "rootdisk" } }],
    evictionStrategy: "LiveMigrate",
  };
}

/** Writes labels as the text of a selector, `app=web,tier=front`. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** Reads a map of labels; empty for anything else. */
export function labelsAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  const found = fieldAt(value, ...path);
  if (!isJsonObject(found)) return {};
  return Object.fromEntries(Object.entries(found).filter(([, label]) => typeof label === "string")) as Record<
    string,
    string
  >;
}

type TemplateTraits = Omit<MachineSpec, "namespace" | "name" | "kind" | "group" | "labels">;

function specOfTemplate(template: unknown): TemplateTraits {
  const domain = fieldAt(template, "spec", "domain");
  const cores = fieldAt(domain, "cpu", "cores");
  return {
    instanceLabels: labelsAt(template, "metadata", "labels"),
    vcpus: typeof cores === "number" ? cores : 2,
    memoryBytes: bytesOf(textAt(domain, "memory", "guest")) ?? 2 * 1024 ** 3,
    interfaces: namesAt(domain, "interfaces", "default"),
    disks: namesAt(domain, "disks", "rootdisk"),
    guestAgent: true,
  };
}

function namesAt(domain: unknown, field: string, byDefault: string): readonly string[] {
  const devices = fieldAt(domain, "devices", field);
  return Array.isArray(devices) ? devices.map((device) => textAt(device, "name")) : [byDefault];
}

/** Reads a Kubernetes quantity of bytes: plain, or with a binary suffix such as `2Gi`. */
function bytesOf(quantity: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+)(Ki|Mi|Gi|Ti)?$/u.exec(quantity) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** ["", "Ki", "Mi", "Gi", "Ti"].indexOf(unit);
}
