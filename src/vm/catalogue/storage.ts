import { rateOf, virtHandlerSource } from "./kubevirt.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Traffic of the virtual machine's disks. */
export const storageMetrics: readonly VmMetric[] = [
  {
    name: "storage-readBytesPerSecond",
    unit: "BytesPerSecond",
    kind: "rate",
    help: "Bytes that the virtual machine reads per second, over all its disks.",
    stability: "ALPHA",
    sources: [
      virtHandlerSource(
        "kubevirt_vmi_storage_read_traffic_bytes_total",
        "v0.41",
        rateOf("kubevirt_vmi_storage_read_traffic_bytes_total", "drive"),
      ),
    ],
  },
];
