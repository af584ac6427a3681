import type { Absence } from "../naming/metric-error.ts";
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
  /** It is seen, and the metric is a quotient 0/0. */
  | { readonly state: "undefined" }
  /** It is seen, and there is nothing of this metric. */
  | { readonly state: "notReported" }
  /** Its newest sample is too old. */
  | { readonly state: "stale"; readonly timestampMs: number; readonly ageMs: number }
  /** It is not seen. */
  | { readonly state: "unseen" };

/** What a virtual machine is to an aggregate; without a figure, why there is none. */
export type Member =
  | {
      readonly is: "reporting";
      readonly value: number;
      readonly timestampMs: number;
      /** The time before the sample that a rate can speak for: since the guest runs, less the first scrape interval. */
      readonly coveredMs: number;
    }
  | {
      /**
       * `undefined`: fresh samples, but no value for lack of activity. `silent`: should have a figure. `starting`: has not
       * had one since this instance started. `gone`: stopped, succeeded or failed.
       */
      readonly is: "undefined" | "silent" | "starting" | "gone";
      readonly absence: Absence;
    };

/** The times that decide; all in milliseconds. */
export interface Moment {
  /** Wall clock, since the Unix epoch. */
  readonly nowMs: number;
  /** How long after its start a virtual machine may be without a figure. */
  readonly settlingMs: number;
  readonly scrapeIntervalMs: number;
  /** The age from which a sample does not count. */
  readonly maxAgeMs: number;
}

/** How long an instance's guest has been running; 0 before. */
export function ranForMs({ runningSinceMs, createdAtMs }: VirtualMachineInstance, nowMs: number): number {
  return Math.max(0, nowMs - (runningSinceMs ?? createdAtMs));
}

/** Whether only the past can tell if a virtual machine is starting or has fallen silent. */
export function needsPast(vmi: VirtualMachineInstance, figure: Figure): boolean {
  return vmi.phase === "Running" && ofThisInstance(vmi, figure).state === "unseen";
}

/**
 * Tells what a virtual machine is to an aggregate. `lastSeenMs` is the time of the last sample of any instance of this
 * name, if there is one; asked for when `needsPast`.
 */
export function memberOf(
  vmi: VirtualMachineInstance,
  anyFigure: Figure,
  lastSeenMs: number | undefined,
  { nowMs, settlingMs, scrapeIntervalMs, maxAgeMs }: Moment,
): Member {
  if (vmi.phase === "Succeeded" || vmi.phase === "Failed") return { is: "gone", absence: { why: "notRunning" } };
  const figure = ofThisInstance(vmi, anyFigure);
  switch (figure.state) {
    case "reporting": {
      const { value, timestampMs, ageMs } = figure;
      return { is: "reporting", value, timestampMs, coveredMs: ranForMs(vmi, nowMs - ageMs) - scrapeIntervalMs };
    }
    case "undefined":
      return { is: "undefined", absence: { why: "undefined" } };
    case "notReported":
      return ranForMs(vmi, nowMs) < settlingMs
        ? { is: "starting", absence: { why: "warmingUp" } }
        : { is: "silent", absence: { why: "notReported" } };
    case "stale": {
      const [ageSeconds, maxAgeSeconds] = [figure.ageMs / 1_000, maxAgeMs / 1_000];
      return { is: "silent", absence: { why: "stale", ageSeconds, maxAgeSeconds } };
    }
    case "unseen":
      return vmi.phase === "Running" && lastSeenMs !== undefined && lastSeenMs >= vmi.createdAtMs
        ? { is: "silent", absence: { why: "silent" } }
        : { is: "starting", absence: { why: "neverReported" } };
  }
}

/** A sample from before the instance was created is of an earlier one of the same name. */
function ofThisInstance(vmi: VirtualMachineInstance, figure: Figure): Figure {
  const taken = figure.state === "reporting" || figure.state === "stale" ? figure.timestampMs : Infinity;
  return taken < vmi.createdAtMs ? { state: "unseen" } : figure;
}
