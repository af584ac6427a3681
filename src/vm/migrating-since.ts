import type { VirtualMachineInstance } from "./objects.ts";

/** When the migration began that runs now; undefined when none does. */
export function migratingSince({ migration }: VirtualMachineInstance): number | undefined {
  return migration?.endedAtMs === undefined ? migration?.startedAtMs : undefined;
}
