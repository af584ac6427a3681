import { gauge, guestTraits, type Labels, machineType, seconds, vnicsOf } from "./controller-families.ts";
import { diskSizes } from "./domain.ts";
import { type Machine, type MachineSpec, type MachineStatus, statusOf } from "./machine.ts";
import type { Family } from "./text-format.ts";

/** The `kubevirt_vm_*` families of virt-controller, of VirtualMachines. */
export function machineFamilies(machines: readonly Machine[]): readonly Family[] {
  const specs = machines.map(({ spec }) => spec);
  return [
    ...(Object.keys(transitionHelp) as StatusGroup[]).map((group) => lastTransitions(group, machines)),
    gauge("kubevirt_vm_create_date_timestamp_seconds", "Virtual Machine creation timestamp.", machines, (machine) => [
      [{}, seconds(machine.createdAtMs)],
    ]),
    gauge("kubevirt_vm_info", "Information about Virtual Machines.", machines, (machine) => [
      [machineInfo(machine), 1],
    ]),
    gauge(
      "kubevirt_vm_labels",
      "The metric exposes the VM labels as Prometheus labels. Configure allowed and ignored labels via the 'kubevirt-vm-labels-config' ConfigMap.",
      machines,
      ({ spec }) => [[foldLabels(spec.labels), 1]],
    ),
    gauge(
      "kubevirt_vm_disk_allocated_size_bytes",
      "Allocated disk size of a Virtual Machine in bytes, based on its PersistentVolumeClaim. Includes persistentvolumeclaim (PVC name), volume_mode (disk presentation mode: Filesystem or Block), and device (disk name).",
      machines,
      ({ spec }) => spec.disks.map((device) => [diskLabels(spec, device), diskSizes.capacityBytes]),
    ),
    gauge(
      "kubevirt_vm_resource_requests",
      "Resources requested by Virtual Machine. Reports memory and CPU requests.",
      machines,
      ({ spec }) => requestsOf(spec),
    ),
    gauge(
      "kubevirt_vm_resource_limits",
      "Resource limits set for a Virtual Machine. Reports CPU and memory limits only when they are defined.",
      machines,
      ({ spec }) => limitsOf(spec),
    ),
    gauge(
      "kubevirt_vm_vnic_info",
      "Details of Virtual Machine (VM) vNIC interfaces, such as vNIC name, binding type, network name, and binding name for each vNIC defined in the VM's configuration.",
      specs.map((spec) => ({ spec })),
      ({ spec }) => vnicsOf(spec),
    ),
  ];
}

type StatusGroup = "starting" | "running" | "migrating" | "non_running" | "error";

const groupByStatus: Readonly<Record<MachineStatus["printable"], StatusGroup>> = {
  Stopped: "non_running",
  Starting: "starting",
  ErrorUnschedulable: "error",
  Running: "running",
  Paused: "non_running",
  Migrating: "migrating",
};

const transitionHelp: Readonly<Record<StatusGroup, string>> = {
  starting: "starting",
  running: "running",
  migrating: "migrating",
  non_running: "paused/stopped",
  error: "error",
};

/** The time of the current status under its own name, and 0 under the other names. */
function lastTransitions(group: StatusGroup, machines: readonly Machine[]): Family {
  const family = gauge(
    `kubevirt_vm_${group}_status_last_transition_timestamp_seconds`,
    `Virtual Machine last transition timestamp to ${transitionHelp[group]} status.`,
    machines,
    (machine) => {
      const { printable, sinceMs } = statusOf(machine);
      return [[{}, groupByStatus[printable] === group ? seconds(sinceMs) : 0]];
    },
  );
  return { ...family, type: "counter" };
}

function machineInfo(machine: Machine): Labels {
  const { printable } = statusOf(machine);
  const booted = machine.instance?.phase === "Running";
  return {
    ...guestTraits(machine.spec),
    machine_type: booted ? machineType : machine.instance === undefined ? "q35" : "",
    status: printable.toLowerCase(),
    status_group: groupByStatus[printable],
  };
}

function foldLabels(labels: Labels): Labels {
  const folded = Object.entries(labels).map(([key, value]) => [`label_${key.replace(/[^a-zA-Z0-9_]/gu, "_")}`, value]);
  return Object.fromEntries(folded) as Labels;
}

function diskLabels({ name }: MachineSpec, device: string): Labels {
  return { device, persistentvolumeclaim: `${name}-${device}`, volume_mode: "Block" };
}

function requestsOf({ vcpus, memoryBytes }: MachineSpec): readonly (readonly [Labels, number])[] {
  return [
    [{ resource: "cpu", source: "domain", unit: "cores" }, vcpus],
    [{ resource: "cpu", source: "domain", unit: "sockets" }, 1],
    [{ resource: "cpu", source: "domain", unit: "threads" }, 1],
    [{ resource: "cpu", source: "guest_effective", unit: "cores" }, vcpus],
    [{ resource: "memory", source: "guest", unit: "bytes" }, memoryBytes],
    [{ resource: "memory", source: "guest_effective", unit: "bytes" }, memoryBytes],
  ];
}

function limitsOf({ limits }: MachineSpec): readonly (readonly [Labels, number])[] {
  if (limits === undefined) return [];
  return [
    [{ resource: "cpu", unit: "cores" }, limits.cores],
    [{ resource: "memory", unit: "bytes" }, limits.memoryBytes],
  ];
}
