import { known, promql } from "../../src/promql/expression.ts";
import type { VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { servedCatalogue, type ServedMetric } from "../../src/vm/served-catalogue.ts";
import { exporter } from "./scope.ts";

/** A metric with a source that nobody asks, and what a test says otherwise. */
export function metricOf(name: string, facts: Partial<VmMetric> & Pick<VmMetric, "unit">): VmMetric {
  return {
    name,
    kind: "gauge",
    help: "For tests.",
    stability: "ALPHA",
    since: "0.1",
    sources: [
      {
        series: "series",
        versions: "for tests",
        exporter: exporter("virt-handler", "seen"),
        expression: () => promql`${known("series")}`,
      },
    ],
    ...facts,
  };
}

/** One metric of each sort. */
export const metrics: readonly VmMetric[] = [
  metricOf("cpu-usageCores", { unit: "Cores", kind: "rate" }),
  metricOf("cpu-timeSecondsTotal", { unit: "SecondsTotal", kind: "cumulative" }),
  metricOf("cpu-usageRatio", { unit: "Ratio", kind: "rate" }),
  metricOf("guest-memoryUsedBytes", { unit: "Bytes" }),
  metricOf("guest-stateCode", { unit: "Code", kind: "state" }),
  metricOf("network-receiveBytesPerSecond", { unit: "BytesPerSecond", kind: "rate", device: "interface" }),
  metricOf("network-receiveBytesTotal", { unit: "BytesTotal", kind: "cumulative", device: "interface" }),
  metricOf("migration-memoryProcessedBytes", { unit: "Bytes", ephemeral: true }),
  metricOf("migration-downtimeSeconds", { unit: "Seconds", ephemeral: true, unfed: "it needs a special exporter" }),
  metricOf("storage-readLatencySeconds", { unit: "Seconds", kind: "rate", device: "drive", additive: false }),
  metricOf("storage-deviceThresholdBytes", { unit: "Bytes", sources: [], unfed: "no known exporter provides it" }),
  metricOf("memory-oldBytes", {
    unit: "Bytes",
    stability: "BETA",
    deprecatedSince: "0.3",
    replacedBy: "memory-residentBytes",
  }),
  metricOf("memory-olderBytes", {
    unit: "Bytes",
    stability: "BETA",
    deprecatedSince: "0.2",
    replacedBy: "memory-residentBytes",
  }),
];

const noLists = { allow: [], deny: [], optIn: [] };
const releaseLine = ["0.1", "0.2", "0.3"];

/** The metrics as release 0.3 serves them with all defaults. */
export const served: readonly ServedMetric[] = servedCatalogue(metrics, noLists, {
  showHidden: false,
  release: "0.3",
  releaseLine,
});
