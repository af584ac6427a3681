import type { Instance } from "./instance.ts";
import type { Machine, MachineSpec } from "./machine.ts";
import { type Family, renderLabels, type Sample } from "./text-format.ts";

/** Labels of a series, unrendered. */
export type Labels = Readonly<Record<string, string>>;

/** A virtual machine that has an instance. */
export interface Live {
  readonly machine: Machine;
  readonly instance: Instance;
}

/** A family with figures of each VM, which all have its name and namespace. */
export function gauge<T extends { readonly spec: MachineSpec }>(
  name: string,
  help: string,
  subjects: readonly T[],
  figures: (subject: T) => readonly (readonly [Labels, number])[],
): Family {
  const samples = subjects.flatMap((subject): readonly Sample[] => {
    const { name: vm, namespace } = subject.spec;
    return figures(subject).map(([labels, value]) => ({
      labels: renderLabels({ ...labels, name: vm, namespace }),
      value,
    }));
  });
  return { name, type: "gauge", help, samples };
}

/** A family with one sample. */
export function constant(name: string, help: string, value: number, labels: Labels = {}): Family {
  return { name, type: "gauge", help, samples: [{ labels: renderLabels(labels), value }] };
}

/** KubeVirt writes whole seconds. */
export function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}

/** The operating system and instance type of a VM as both info families have them. */
export function guestTraits({ guestAgent }: MachineSpec): Labels {
  return { os: guestAgent ? "fedora" : "", workload: "", flavor: "", instance_type: "", preference: "" };
}

/** Each interface of a VM as both vNIC families have it. */
export function vnicsOf({ interfaces }: MachineSpec): readonly (readonly [Labels, number])[] {
  return interfaces.map((name) => [
    { vnic_name: name, binding_type: "core", binding_name: "masquerade", network: "pod networking", model: "virtio" },
    1,
  ]);
}

/** The machine type of a guest that has booted. */
export const machineType = "pc-q35-rhel9.6.0";
