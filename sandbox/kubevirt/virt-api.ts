import type { Machine } from "./machine.ts";
import { type Family, renderLabels } from "./text-format.ts";

/** What virt-api exports (KubeVirt v1.9.0): connections to VMs, and how many VMs were ever made. */
export function virtApiFamilies(
  machines: readonly Machine[],
  createdByNamespace: ReadonlyMap<string, number>,
  nowMs: number,
): readonly Family[] {
  const connected = machines
    .filter(({ load, instance }) => load.vncConnections > 0 && instance?.phase === "Running")
    .map(({ spec: { namespace, name: vmi }, load }) => ({ labels: renderLabels({ namespace, vmi }), load }));
  return [
    {
      name: "kubevirt_vnc_active_connections",
      type: "gauge",
      help: "Amount of active VNC connections, broken down by namespace and vmi name.",
      samples: connected.map(({ labels, load }) => ({ labels, value: load.vncConnections })),
    },
    {
      name: "kubevirt_vmi_last_api_connection_timestamp_seconds",
      type: "gauge",
      help: "Virtual Machine Instance last API connection timestamp. Including VNC, console, portforward, SSH and usbredir connections.",
      samples: connected.map(({ labels }) => ({ labels, value: Math.floor(nowMs / 1000) })),
    },
    {
      name: "kubevirt_vm_created_by_pod_total",
      type: "counter",
      help: "[Deprecated] The total number of VMs created by namespace and virt-api pod, since install.",
      samples: [...createdByNamespace].map(([namespace, value]) => ({ labels: renderLabels({ namespace }), value })),
    },
    {
      name: "kubevirt_virt_api_ready_status",
      type: "gauge",
      help: "Indication for a virt-api server that is ready to serve requests.",
      samples: [{ labels: "", value: 1 }],
    },
  ];
}
