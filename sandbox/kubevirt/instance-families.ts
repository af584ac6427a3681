import { createHash } from "node:crypto";
import { gauge, guestTraits, type Labels, type Live, machineType, vnicsOf } from "./controller-families.ts";
import { activeLauncher, type Instance } from "./instance.ts";
import { type MachineSpec, nodeOf } from "./machine.ts";
import type { Family } from "./text-format.ts";

/** The `kubevirt_vmi_*` families of virt-controller, of VirtualMachineInstances. */
export function instanceFamilies(instances: readonly Live[]): readonly Family[] {
  const live = instances.map(({ machine, instance }) => ({ spec: machine.spec, instance, machine }));
  return [
    gauge("kubevirt_vmi_info", "Information about VirtualMachineInstances.", live, ({ spec, instance }) => [
      [instanceInfo(spec, instance), 1],
    ]),
    gauge(
      "kubevirt_vmi_launcher_memory_overhead_bytes",
      "Estimation of the memory amount required for virt-launcher's infrastructure components (e.g. libvirt, QEMU).",
      live,
      // KubeVirt's estimate for guests without requests: 260 MiB, and 8 MiB for each vCPU.
      ({ spec }) => [[{}, (260 + 8 * spec.vcpus) * 1024 ** 2]],
    ),
    gauge(
      "kubevirt_vmi_non_evictable",
      "Indication for a VirtualMachine that its eviction strategy is set to Live Migration but is not migratable.",
      live,
      ({ instance }) => [[{ node: nodeOf(instance) ?? "" }, 0]],
    ),
    gauge(
      "kubevirt_vmi_status_addresses",
      "The addresses of a VirtualMachineInstance. This metric provides the address of an available network interface associated with the VMI in the 'address' label, and about the type of address, such as internal IP, in the 'type' label.",
      live.filter(({ instance }) => instance.phase === "Running"),
      ({ spec, instance }) => addressesOf(spec, instance),
    ),
    gauge(
      "kubevirt_vmi_vnic_info",
      "Details of VirtualMachineInstance (VMI) vNIC interfaces, such as vNIC name, binding type, network name, and binding name for each vNIC of a running instance.",
      live,
      ({ spec }) => vnicsOf(spec),
    ),
    {
      ...gauge(
        "kubevirt_vmi_sync_total",
        "Total number of times a VirtualMachineInstance has been synced.",
        live,
        () => [[{}, 1]],
      ),
      type: "counter",
    },
  ];
}

function instanceInfo(spec: MachineSpec, instance: Instance): Labels {
  const agent = spec.guestAgent && instance.phase === "Running";
  return {
    ...guestTraits(spec),
    guest_os_arch: agent ? "x86_64" : "",
    guest_os_kernel_release: agent ? "6.17.1-300.fc43.x86_64" : "",
    guest_os_machine: instance.phase === "Running" ? machineType : "",
    guest_os_name: agent ? "Fedora Linux" : "",
    guest_os_version_id: agent ? "43" : "",
    evictable: "true",
    outdated: "false",
    phase: instance.phase.toLowerCase(),
    node: nodeOf(instance) ?? "",
    vmi_pod: instance.phase === "Scheduling" ? "" : activeLauncher(instance).podName,
  };
}

/** The first interface has an address; it follows from the VM's name, so that it stays. */
function addressesOf(spec: MachineSpec, instance: Instance): readonly (readonly [Labels, number])[] {
  const [a = 0, b = 0] = createHash("sha1").update(`${spec.namespace}/${spec.name}`).digest();
  return spec.interfaces.map((name, index) => [
    {
      node: nodeOf(instance) ?? "",
      vnic_name: name,
      interface_name: `eth${index}`,
      address: index === 0 ? `10.244.${a}.${b}` : "",
      type: index === 0 ? "ExternalInterface" : "SystemInterface",
    },
    1,
  ]);
}
