import { aggregateName } from "../naming/aggregation.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";

/** How a HorizontalPodAutoscaler of type Object uses a metric of a pool. */
export interface AutoscalingExample {
  /** What it asks for. */
  readonly name: string;
  /** `AverageValue` divides a sum by the number of replicas; `Value` takes the figure as it is. */
  readonly type: "AverageValue" | "Value";
  /** A Kubernetes quantity to begin with. */
  readonly target: string;
  /** The same in words. */
  readonly meaning: string;
}

type Target = Pick<AutoscalingExample, "target" | "meaning"> & {
  /** The unit of the target, where a thousandth of the metric's own is too coarse. */
  readonly unit?: "Milliseconds";
};

/** A metric that suits has a target, by what its name begins with; the first that fits counts. */
const targets: readonly (Target & { readonly of: string })[] = [
  { of: "cpu-usageRatio", target: "700m", meaning: "70 % of its virtual CPUs" },
  { of: "cpu-usageSystem", target: "100m", meaning: "a tenth of a core" },
  { of: "cpu-", target: "500m", meaning: "half a core" },
  { of: "vcpu-wait", target: "100m", meaning: "a tenth of a second in each second" },
  { of: "vcpu-delay", target: "50m", meaning: "a twentieth of a second in each second" },
  { of: "vcpu-", target: "500m", meaning: "half a core" },
  { of: "network-receiveBytes", target: "10M", meaning: "10 MB in each second" },
  { of: "network-transmitBytes", target: "10M", meaning: "10 MB in each second" },
  { of: "network-receivePackets", target: "10k", meaning: "10,000 packets in each second" },
  { of: "network-transmitPackets", target: "10k", meaning: "10,000 packets in each second" },
  { of: "network-receiveDropped", target: "10", meaning: "10 packets in each second" },
  { of: "network-transmitDropped", target: "10", meaning: "10 packets in each second" },
  { of: "network-receiveErrors", target: "1", meaning: "one error in each second" },
  { of: "network-transmitErrors", target: "1", meaning: "one error in each second" },
  { of: "storage-flushOperations", target: "50", meaning: "50 operations in each second" },
  { of: "storage-flushTime", target: "200m", meaning: "a fifth of a second in each second" },
  { of: "storage-readOperations", target: "500", meaning: "500 operations in each second" },
  { of: "storage-writeOperations", target: "500", meaning: "500 operations in each second" },
  { of: "storage-readBytes", target: "20M", meaning: "20 MB in each second" },
  { of: "storage-writeBytes", target: "20M", meaning: "20 MB in each second" },
  { of: "storage-readTime", target: "500m", meaning: "half a second in each second" },
  { of: "storage-writeTime", target: "500m", meaning: "half a second in each second" },
  { of: "storage-readLatency", target: "20", unit: "Milliseconds", meaning: "20 ms" },
  { of: "storage-writeLatency", target: "20", unit: "Milliseconds", meaning: "20 ms" },
  { of: "guest-memoryUsedRatio", target: "800m", meaning: "80 % of its memory" },
  { of: "guest-memoryUsed", target: "2Gi", meaning: "2 GiB" },
  { of: "guest-memorySwap", target: "1M", meaning: "1 MB in each second" },
  { of: "guest-memoryMajorFaults", target: "100", meaning: "100 faults in each second" },
  { of: "guest-load", target: "2", meaning: "2 processes" },
  { of: "guest-queue", target: "1", meaning: "one process" },
];

/** An example for a metric that suits an autoscaler; undefined for one that does not, or that nothing provides. */
export function autoscalingExample(entry: CatalogueEntry): AutoscalingExample | undefined {
  const { name, unit, aggregates, unsuitable, sources } = entry;
  if (unsuitable !== undefined || sources.length === 0) return undefined;
  const found = targets.find(({ of }) => name.startsWith(of));
  if (found === undefined) return undefined;
  const { target, meaning, unit: word = unit } = found;
  if (aggregates.includes(name)) return { name, type: "AverageValue", target, meaning };
  // The parts of several wholes add up to a number of wholes, which can be divided; a latency is a mean already.
  return unit === "Ratio"
    ? { name: aggregateName(name, unit, "Sum"), type: "AverageValue", target, meaning }
    : { name: `${name.slice(0, name.length - unit.length)}Average${word}`, type: "Value", target, meaning };
}
