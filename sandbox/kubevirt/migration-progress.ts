import { proportions } from "./domain.ts";
import type { Migration } from "./instance.ts";

/** What QEMU says of a migration that runs. */
export interface MigrationProgress {
  readonly elapsedMs: number;
  readonly totalBytes: number;
  readonly processedBytes: number;
  readonly remainingBytes: number;
  readonly dirtyBytesPerSecond: number;
  readonly transferBytesPerSecond: number;
}

/** What a migration's course follows from: all memory is copied once, evenly over its time. */
export interface MigratingGuest {
  readonly memoryBytes: number;
  /** The load, which dirties memory. */
  readonly cores: number;
}

/** How far a migration is, some milliseconds after it began. */
export function progressOf(
  { startedAtMs, endsAtMs }: Migration,
  elapsedMs: number,
  { memoryBytes, cores }: MigratingGuest,
): MigrationProgress {
  const durationMs = endsAtMs - startedAtMs;
  const processedBytes = Math.floor((memoryBytes * elapsedMs) / durationMs);
  return {
    elapsedMs,
    totalBytes: memoryBytes,
    processedBytes,
    remainingBytes: memoryBytes - processedBytes,
    dirtyBytesPerSecond: Math.round(cores * proportions.dirtyBytesPerCore),
    transferBytesPerSecond: Math.floor((memoryBytes * 1000) / durationMs),
  };
}
