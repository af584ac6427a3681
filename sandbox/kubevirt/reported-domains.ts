import { type Domain, domainOf } from "./domain.ts";
import type { Instance, Launcher } from "./instance.ts";
import type { Machine } from "./machine.ts";
import type { NodeView } from "./node-view.ts";

/** A guest that a node reports. */
export interface ReportedDomain {
  readonly machine: Machine;
  readonly instance: Instance;
  readonly launcher: Launcher;
  readonly domain: Domain;
}

/** The guests that run on a node, or have left it just now; not those whose QEMU does not answer. */
export function reportedDomains({ machines, node, nowMs, overlapMs }: NodeView): readonly ReportedDomain[] {
  return machines.flatMap((machine) => {
    const { instance, spec, load } = machine;
    if (instance === undefined || instance.hung) return [];
    return instance.launchers
      .filter((launcher) => launcher.node === node && isReported(launcher, nowMs - overlapMs))
      .map((launcher) => ({ machine, instance, launcher, domain: domainOf(spec, launcher, load) }));
  });
}

function isReported({ runsSinceMs, ended }: Launcher, sinceMs: number): boolean {
  return runsSinceMs !== undefined && (ended === undefined || ended.atMs > sinceMs);
}
