import type { VirtualMachineInstance } from "./objects.ts";

/** What is known of one virtual machine's figure now. */
export type Figure =
  | {
      readonly state: "reporting";
      readonly value: number;
      readonly timestampMs: number;
      /** How old the sample is. */
      readonly ageMs: number;
    }
  /** It is seen, and the metric has no value: too few intervals for a rate, or a quotient 0/0. */
  | { readonly state: "withoutValue" }
  /** Its newest sample is too old. */
  | { readonly state: "stale"; readonly ageMs: number }
  /** It is not seen. */
  | { readonly state: "unseen" };

/** What a virtual machine is to an aggregate. */
export type Member =
  | {
      readonly is: "reporting";
      readonly value: number;
      readonly timestampMs: number;
      /** How long the guest had been running when the sample was taken. */
      readonly ranForMs: number;
    }
  /** Fresh samples, but no value for lack of activity. */
  | { readonly is: "undefined" }
  /** Running, has reported since this instance started, nothing fresh now. */
  | { readonly is: "silent"; readonly ageMs?: number }
  /** Has not reported a figure since this instance started. */
  | { readonly is: "starting"; readonly seen: boolean }
  /** Stopped, succeeded or failed. */
  | { readonly is: "gone" };

/** Whether only the past can tell if a virtual machine is starting or has fallen silent. */
export function needsPast(vmi: VirtualMachineInstance, figure: Figure): boolean {
  return vmi.phase === "Running" && figure.state === "unseen";
}

/**
 * Tells what a virtual machine is to an aggregate.
 *
 * `kind` is the metric's: a rate without value is warming up, a gauge without value is undefined.
 * `lastSeenMs` is the time of the last sample of any instance of this name, if there is one; asked for when `needsPast`.
 * `nowMs` is the wall clock.
 */
export function memberOf(
  vmi: VirtualMachineInstance | undefined,
  figure: Figure,
  kind: "gauge" | "rate",
  lastSeenMs: number | undefined,
  nowMs: number,
): Member {
  if (vmi === undefined || vmi.phase === "Succeeded" || vmi.phase === "Failed") return { is: "gone" };
  switch (figure.state) {
    case "reporting":
      return {
        is: "reporting",
        value: figure.value,
        timestampMs: figure.timestampMs,
        ranForMs: Math.max(0, nowMs - figure.ageMs - (vmi.runningSinceMs ?? vmi.createdAtMs)),
      };
    case "withoutValue":
      return kind === "rate" ? { is: "starting", seen: true } : { is: "undefined" };
    case "stale":
      return { is: "silent", ageMs: figure.ageMs };
    case "unseen":
      // An instance of the same name may have reported before this one was created.
      return vmi.phase === "Running" && lastSeenMs !== undefined && lastSeenMs >= vmi.createdAtMs
        ? { is: "silent" }
        : { is: "starting", seen: false };
  }
}
