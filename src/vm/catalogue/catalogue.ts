import { cpuMetrics } from "./cpu.ts";
import { guestMetrics } from "./guest.ts";
import { networkMetrics } from "./network.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Every metric of a virtual machine that is served, by group. */
export const catalogue: readonly VmMetric[] = [...cpuMetrics, ...guestMetrics, ...networkMetrics];
