import { cpuMetrics } from "./cpu.ts";
import { guestMetrics } from "./guest.ts";
import { memoryMetrics } from "./memory.ts";
import { migrationMetrics } from "./migration.ts";
import { networkMetrics } from "./network.ts";
import { storageMetrics } from "./storage.ts";
import { vcpuMetrics } from "./vcpu.ts";
import type { VmMetric } from "./vm-metric.ts";

/** Every metric of a virtual machine that is known, by group: also those that nothing feeds. */
export const catalogue: readonly VmMetric[] = [
  ...cpuMetrics,
  ...vcpuMetrics,
  ...memoryMetrics,
  ...networkMetrics,
  ...storageMetrics,
  ...migrationMetrics,
  ...guestMetrics,
];
