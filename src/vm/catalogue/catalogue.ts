import { cpuMetrics } from "./cpu.ts";
import { guestMetrics } from "./guest.ts";
import { memoryMetrics } from "./memory.ts";
import { networkMetrics } from "./network.ts";
import { storageMetrics } from "./storage.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Every metric of a virtual machine that is served, by group. */
export const catalogue: readonly VmMetric[] = [
  ...cpuMetrics,
  ...memoryMetrics,
  ...networkMetrics,
  ...storageMetrics,
  ...guestMetrics,
];
