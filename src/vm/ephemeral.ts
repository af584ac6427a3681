import type { Figure } from "./member.ts";
import { migratingSince } from "./migrating-since.ts";
import type { VirtualMachineInstance } from "./objects.ts";

/**
 * What an ephemeral metric says of a virtual machine that does not migrate: nothing, a special value, or the last value
 * that it had, with its old time.
 */
export type EphemeralMode =
  { readonly mode: "live" } | { readonly mode: "always"; readonly special: number } | { readonly mode: "keepLast" };

/**
 * What an ephemeral metric says, given its newest sample. Which migration runs is known from the API and which one a
 * sample is of from its time: nothing marks the samples of a migration as ended when it is over. All that this depends on
 * is known to every replica of the adapter.
 */
export function ephemeralFigure(
  vmi: VirtualMachineInstance,
  sample: Figure,
  ephemeral: EphemeralMode,
  nowMs: number,
): Figure {
  if (ephemeral.mode === "keepLast" && sample.state === "reporting" && sample.timestampMs >= vmi.createdAtMs) {
    return sample;
  }
  const live = liveFigure(vmi, sample);
  // Nothing that could report the metric sees the machine: then the special value would say what nobody knows.
  const isAbsent = sample.state !== "unseen" && (live.state === "idle" || live.state === "notReported");
  if (ephemeral.mode !== "always" || !isAbsent) return live;
  return { state: "reporting", value: ephemeral.special, timestampMs: nowMs, ageMs: 0 };
}

function liveFigure(vmi: VirtualMachineInstance, sample: Figure): Figure {
  const sinceMs = migratingSince(vmi);
  if (sinceMs === undefined) return { state: "idle" };
  // Kubernetes notes times in whole seconds, rounded down: no sample of a migration is older than its beginning.
  const isOfEarlier = sample.state === "reporting" && sample.timestampMs < sinceMs;
  return isOfEarlier ? { state: "notReported" } : sample;
}
