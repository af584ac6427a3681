import { equals, known, type PromQL, promql } from "../../promql/expression.ts";
import { collectd, type Exporter, libvirtExporter } from "../exporter.ts";
import { gaugeOf, nameOf, ofLeader, ofNodes, type Reading } from "./expressions.ts";
import { newestWithTime } from "./own-times.ts";
import type { Scope, Source } from "./vm-metric.ts";

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
export function libvirtGauge(reading: Reading, versions = "libvirt exporter"): Source {
  return nodeGauge(libvirtExporter, versions, reading);
}

/** Memory as libvirt exporters have it. Tinkoff's writes 0 for what the guest's balloon driver does not tell. */
export function libvirtMemory(reading: Reading): Source {
  return { ...libvirtGauge(reading), expression: gaugeOf(reading, aboveZero) };
}

/** The newest samples of each node that are more than 0. */
export function aboveZero(reading: Reading, scope: Scope): PromQL {
  return promql`(${ofNodes(reading, scope)} > 0)`;
}

/** What collectd's virt plugin says of memory, in bytes, by its name there: `actual_balloon`, `rss`. */
export function collectdMemory(virt: string): Reading {
  return { series: "collectd_virt_memory", where: [equals(known("virt"), virt)] };
}

/** What collectd's virt plugin needs to be told before it says more of memory than `total`. */
export const memoryStats = "collectd's virt plugin with ExtraStats memory";
