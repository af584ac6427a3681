import { collectd, libvirtExporter } from "../exporter.ts";
import type { CounterSource } from "./counters.ts";

/**
 * Exporters that ask libvirt know the devices of a virtual machine by the host's names, such as `tap37a8eec1ce1` and `vda`,
 * and not by those of its specification. All of them together are what KubeVirt's series are.
 */
const foreignDevices = true;

/** The label that collectd has devices in. */
export const collectdDevice = "virt";
/** The label that the libvirt exporter has devices in. */
export const libvirtDevice = "target_device";

/** A counter of collectd's for each device. */
export function collectdCounter(series: string, further: Partial<CounterSource> = {}): CounterSource {
  const reading = { series, device: collectdDevice };
  return { versions: "collectd's virt plugin", exporter: collectd, reading, foreignDevices, ...further };
}

/** A counter of the libvirt exporter's for each device. */
export function libvirtCounter(series: string): CounterSource {
  const reading = { series, device: libvirtDevice };
  return { versions: "libvirt exporter", exporter: libvirtExporter, reading, foreignDevices };
}
