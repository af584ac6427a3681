import type { Migration } from "./instance.ts";
import { type MigratingGuest, type MigrationProgress, progressOf } from "./migration-progress.ts";
import type { NodeView } from "./node-view.ts";
import { type Family, renderLabels, type Sample } from "./text-format.ts";

/** virt-launcher's state of a migration at one of the polls of virt-handler. */
interface MigrationPoll extends MigrationProgress {
  readonly timestampMs: number;
}

/** virt-handler asks every 5 s and keeps ten answers; each scrape gets all of them, whether it had them before or not. */
const pollMs = 5_000;
const ringSize = 10;

/**
 * The migrations away from a node (KubeVirt v1.9.0): the five series with timestamps of their own. They end with the
 * second scrape after the migration.
 */
export function migrationFamilies(view: NodeView): readonly Family[] {
  const rings = view.machines.flatMap(({ spec, instance, load }) => {
    const migration = instance?.migrations.findLast(({ sourceNode }) => sourceNode === view.node);
    if (instance?.hung !== false || migration === undefined || view.nowMs >= migration.endsAtMs + view.overlapMs)
      return [];
    const labels = renderLabels({ name: spec.name, namespace: spec.namespace, node: view.node });
    return [{ labels, polls: pollsOf(migration, view.nowMs, { memoryBytes: spec.memoryBytes, cores: load.cores }) }];
  });
  return migrationSeries.map(({ value, ...family }) => ({
    ...family,
    samples: rings.flatMap(({ labels, polls }) =>
      polls.map((poll): Sample => ({ labels, value: value(poll), timestampMs: poll.timestampMs })),
    ),
  }));
}

function pollsOf(migration: Migration, nowMs: number, guest: MigratingGuest): readonly MigrationPoll[] {
  const { startedAtMs, endsAtMs } = migration;
  const polls = Math.floor((Math.min(nowMs, endsAtMs) - startedAtMs) / pollMs);
  return Array.from({ length: polls }, (_, index) => {
    const elapsedMs = (index + 1) * pollMs;
    return { ...progressOf(migration, elapsedMs, guest), timestampMs: Math.floor(startedAtMs + elapsedMs) };
  }).slice(-ringSize);
}

const migrationSeries: readonly (Omit<Family, "samples"> & { readonly value: (poll: MigrationPoll) => number })[] = [
  {
    name: "kubevirt_vmi_migration_data_bytes_total",
    type: "counter",
    help: "The total Guest OS data to be migrated to the new VM.",
    value: ({ totalBytes }) => totalBytes,
  },
  {
    name: "kubevirt_vmi_migration_data_processed_bytes",
    type: "gauge",
    help: "The total Guest OS data processed and migrated to the new VM.",
    value: ({ processedBytes }) => processedBytes,
  },
  {
    name: "kubevirt_vmi_migration_data_remaining_bytes",
    type: "gauge",
    help: "The remaining guest OS data to be migrated to the new VM.",
    value: ({ remainingBytes }) => remainingBytes,
  },
  {
    name: "kubevirt_vmi_migration_dirty_memory_rate_bytes",
    type: "gauge",
    help: "The rate of memory being dirty in the Guest OS.",
    value: ({ dirtyBytesPerSecond }) => dirtyBytesPerSecond,
  },
  {
    name: "kubevirt_vmi_migration_memory_transfer_rate_bytes",
    type: "gauge",
    help: "The rate at which the memory is being transferred.",
    value: ({ transferBytesPerSecond }) => transferBytesPerSecond,
  },
];
