import { constant } from "./controller-families.ts";
import { instanceFamilies } from "./instance-families.ts";
import { machineFamilies } from "./machine-families.ts";
import type { Machine } from "./machine.ts";
import { migrationResults } from "./migration-results.ts";
import type { Family } from "./text-format.ts";

/** What virt-controller exports (KubeVirt v1.9.0): VMs and instances as the API has them. Empty labels are written. */
export function virtControllerFamilies(machines: readonly Machine[]): readonly Family[] {
  const instances = machines.flatMap((machine) =>
    machine.instance === undefined ? [] : [{ machine, instance: machine.instance }],
  );
  return [
    ...machineFamilies(machines.filter(({ spec }) => spec.kind === "VirtualMachine")),
    ...instanceFamilies(instances),
    ...migrationResults(instances),
    constant("kubevirt_virt_controller_leading_status", "Indication for an operating virt-controller.", 1),
    constant(
      "kubevirt_virt_controller_ready_status",
      "Indication for a virt-controller that is ready to take the lead.",
      1,
    ),
    constant(
      "kubevirt_vmi_number_of_outdated",
      "Indication for the total number of VirtualMachineInstance workloads that are not running within the most up-to-date version of the virt-launcher environment.",
      0,
    ),
  ];
}
