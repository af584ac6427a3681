import { rateOf, virtHandlerSource } from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Traffic of the virtual machine's network interfaces. */
export const networkMetrics: readonly VmMetric[] = [
  {
    name: "network-receiveBytesPerSecond",
    unit: "BytesPerSecond",
    kind: "rate",
    help: "Bytes that the virtual machine receives per second, over all its network interfaces.",
    stability: "ALPHA",
    sources: [
      virtHandlerSource(
        "kubevirt_vmi_network_receive_bytes_total",
        "v0.41",
        rateOf("kubevirt_vmi_network_receive_bytes_total", "interface"),
      ),
    ],
  },
  {
    name: "network-transmitBytesPerSecond",
    unit: "BytesPerSecond",
    kind: "rate",
    help: "Bytes that the virtual machine sends per second, over all its network interfaces.",
    stability: "ALPHA",
    sources: [
      virtHandlerSource(
        "kubevirt_vmi_network_transmit_bytes_total",
        "v0.41",
        rateOf("kubevirt_vmi_network_transmit_bytes_total", "interface"),
      ),
    ],
  },
];
