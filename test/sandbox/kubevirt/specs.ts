import type { MachineSpec } from "../../../sandbox/kubevirt/machine.ts";
import { createFleet, type Fleet } from "../../../sandbox/kubevirt/fleet.ts";

/** A VM of namespace shop with what a test does not care about filled in. */
export function spec(name: string, traits: Partial<MachineSpec> = {}): MachineSpec {
  return {
    namespace: "shop",
    name,
    kind: "VirtualMachine",
    labels: {},
    instanceLabels: {},
    vcpus: 2,
    memoryBytes: 2 * 1024 ** 3,
    interfaces: ["default"],
    disks: ["rootdisk"],
    guestAgent: true,
    ...traits,
  };
}

/** A fleet on nodes n1 and n2 with a clock that a test moves; boot takes 2 s, a migration 10 s. */
export function fleetAt(startMs: number): {
  readonly fleet: Fleet;
  readonly pass: (seconds: number) => void;
  readonly nowMs: () => number;
} {
  let nowMs = startMs;
  let words = 0;
  const fleet = createFleet({
    nowMs: () => nowMs,
    nodes: ["n1", "n2"],
    bootMs: 2_000,
    migrationMs: 10_000,
    suffix: () => String((words += 1)).padStart(5, "x"),
  });
  return {
    fleet,
    nowMs: () => nowMs,
    pass: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

/** Defines and starts VMs, and lets them boot. */
export function running({ fleet, pass }: ReturnType<typeof fleetAt>, ...specs: readonly MachineSpec[]): void {
  for (const each of specs) {
    fleet.define(each);
    fleet.start(each.namespace, each.name);
  }
  pass(2);
}
