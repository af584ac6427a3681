import { equals, known, selector } from "../../promql/expression.ts";
import { collectd, type Exporter, libvirtExporter } from "../exporter.ts";
import { gaugeOf, ofLeader, ofNodes, type Reading } from "./expressions.ts";
import { newestWithTime } from "./own-times.ts";
import type { Source } from "./vm-metric.ts";

/** A gauge that each of virt-handler's targets writes for the virtual machines of its node. */
export function nodeGauge(exporter: Exporter, versions: string, reading: Reading): Source {
  return { series: nameOf(reading), versions, exporter, expression: gaugeOf(reading, ofNodes) };
}

/** A gauge that one place knows at a time, as virt-controller's leader does: only what was written last counts. */
export function leaderGauge(exporter: Exporter, versions: string, reading: Reading): Source {
  return { series: nameOf(reading), versions, exporter, expression: gaugeOf(reading, ofLeader) };
}

/** A gauge of collectd's, which writes times of its own with all that it has. */
export function collectdGauge(versions: string, reading: Reading): Source {
  return { series: nameOf(reading), versions, exporter: collectd, ...newestWithTime(reading) };
}

/** A gauge of the libvirt exporter's. */
export function libvirtGauge(reading: Reading): Source {
  return nodeGauge(libvirtExporter, "libvirt exporter", reading);
}

/** What collectd's virt plugin says of memory, in bytes, by its name there: `actual_balloon`, `rss`. */
export function collectdMemory(virt: string): Reading {
  return { series: "collectd_virt_memory", where: [equals(known("virt"), virt)] };
}

/** What collectd's virt plugin needs to be told before it says more of memory than `total`. */
export const memoryStats = "collectd's virt plugin with ExtraStats memory";

/** A series as people write it, with what it is selected by. */
function nameOf({ series, where = [] }: Reading): string {
  return where.length === 0 ? series : selector(known(series), where);
}
