import type { Domain } from "./domain.ts";
import { type Migration, runningMigration } from "./instance.ts";
import { type MigrationProgress, progressOf } from "./migration-progress.ts";
import type { NodeView } from "./node-view.ts";
import { type ReportedDomain, reportedDomains } from "./reported-domains.ts";

/** A guest as libvirt on its node knows it. It has no idea of KubeVirt's names for interfaces and disks. */
export interface LibvirtDomain {
  /** `<namespace>_<name>`; neither part has an underscore. */
  readonly name: string;
  /** virDomainState; of its many values these two occur. */
  readonly state: typeof states.running | typeof states.paused;
  /** virDomainRunningReason (1 booted, 2 migrated) or virDomainPausedReason (1 by a user). */
  readonly reason: number;
  readonly domain: Domain;
  /** By the name of its tap device on the node. */
  readonly interfaces: readonly Device<Domain["interfaces"][number]>[];
  /** By the name of the guest's device, such as `vda`. */
  readonly drives: readonly Device<Domain["drives"][number]>[];
  /** The migration that runs: away from this node, where the guest is until it ends. Absent when none does. */
  readonly job?: MigrationProgress;
}

interface Device<T> {
  readonly device: string;
  readonly counted: T;
}

/** virDomainState, as far as the fleet knows it. */
export const states = { running: 1, paused: 3 } as const;

/** The domains of a node. */
export function libvirtDomains(view: NodeView): readonly LibvirtDomain[] {
  return reportedDomains(view).map((reported) => {
    const { machine, instance, launcher, domain } = reported;
    const paused = instance.pausedAtMs !== undefined;
    const migration = runningMigration(instance);
    return {
      name: `${machine.spec.namespace}_${machine.spec.name}`,
      state: paused ? states.paused : states.running,
      reason: paused || launcher.migrationUid === undefined ? 1 : 2,
      domain,
      // KubeVirt hashes the names of all interfaces but the first.
      interfaces: domain.interfaces.map((counted, index) => ({ device: `tap${index}`, counted })),
      drives: domain.drives.map((counted, index) => ({ device: `vd${String.fromCodePoint(97 + index)}`, counted })),
      ...(migration === undefined ? {} : { job: jobOf(migration, reported, view.nowMs) }),
    };
  });
}

function jobOf(migration: Migration, { machine }: ReportedDomain, nowMs: number): MigrationProgress {
  const guest = { memoryBytes: machine.spec.memoryBytes, cores: machine.load.cores };
  return progressOf(migration, Math.floor(nowMs - migration.startedAtMs), guest);
}
