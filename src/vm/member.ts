import type { Absence } from "../naming/metric-error.ts";
import { migratingSince } from "./migrating-since.ts";
import type { VirtualMachineInstance } from "./objects.ts";

/** What is known of one virtual machine's figure now. Times are by Prometheus' clock, since the Unix epoch. */
export type Figure =
  | {
      readonly state: "reporting";
      readonly value: number;
      readonly timestampMs: number;
      /** How old the sample is. */
      readonly ageMs: number;
      /** The window of a rate; absent for a gauge. */
      readonly windowMs?: number;
    }
  /** It is seen, and the metric is a quotient 0/0. */
  | { readonly state: "undefined" }
  /** It is seen, and there is nothing of this metric. */
  | { readonly state: "notReported" }
  /** Its newest sample is too old, which it is from `maxAgeMs` on. */
  | { readonly state: "stale"; readonly timestampMs: number; readonly ageMs: number; readonly maxAgeMs: number }
  /** The metric is of migrations, and none runs. */
  | { readonly state: "idle" }
  /** No sample of it is found. */
  | { readonly state: "unseen" };

/** What a virtual machine is to an aggregate; without a figure, why there is none. */
export type Member =
  | {
      readonly is: "reporting";
      readonly value: number;
      readonly timestampMs: number;
      /**
       * The time before the sample that a rate can speak for: since the first sample, which on average comes half a scrape
       * interval after the guest began to run.
       */
      readonly coveredMs: number;
      /** The window of a rate; absent for a gauge. */
      readonly windowMs?: number;
    }
  | {
      /**
       * `undefined`: no value for lack of activity: a quotient 0/0, no migration. `silent`: should have a figure. `starting`: cannot
       * have one yet. `gone`: stopped, succeeded or failed.
       */
      readonly is: "undefined" | "silent" | "starting" | "gone";
      readonly absence: Absence;
    };

/** The times that decide; all in milliseconds. */
export interface Moment {
  /** By Prometheus' clock, since the Unix epoch. */
  readonly nowMs: number;
  /** How long after its start a virtual machine may be without a figure. */
  readonly settlingMs: number;
  readonly scrapeIntervalMs: number;
  /** Whether the metric is there only while a virtual machine migrates. */
  readonly ephemeral: boolean;
}

/** When an instance's guest began to run, and its creation before that is known; never before its creation. */
export function startOf({ runningSinceMs = 0, createdAtMs }: VirtualMachineInstance): number {
  return Math.max(runningSinceMs, createdAtMs);
}

/** How long an instance's guest has been running; 0 before. */
export function ranForMs(vmi: VirtualMachineInstance, nowMs: number): number {
  return Math.max(0, nowMs - startOf(vmi));
}

/** Whether an instance's guest runs, as far as Kubernetes knows: of a node that was lost it does not. */
export function hasStarted(vmi: VirtualMachineInstance): boolean {
  const { phase, runningSinceMs } = vmi;
  return !hasEnded(vmi) && (phase === "Running" || phase === "Unknown" || runningSinceMs !== undefined);
}

/** Tells what a virtual machine is to an aggregate. */
export function memberOf(vmi: VirtualMachineInstance, anyFigure: Figure, moment: Moment): Member {
  if (hasEnded(vmi)) return { is: "gone", absence: { why: "notRunning" } };
  const figure = ofThisInstance(vmi, anyFigure);
  switch (figure.state) {
    case "reporting": {
      const { value, timestampMs, windowMs } = figure;
      const coveredMs = ranForMs(vmi, timestampMs) - moment.scrapeIntervalMs / 2;
      return { is: "reporting", value, timestampMs, coveredMs, ...(windowMs === undefined ? {} : { windowMs }) };
    }
    case "undefined":
      return { is: "undefined", absence: { why: "undefined" } };
    case "idle":
      return { is: "undefined", absence: { why: "noMigration" } };
    case "notReported":
      return settles(vmi, moment)
        ? { is: "starting", absence: { why: "warmingUp" } }
        : { is: "silent", absence: { why: "notReported" } };
    case "stale": {
      const [ageSeconds, maxAgeSeconds] = [figure.ageMs / 1_000, figure.maxAgeMs / 1_000];
      return { is: "silent", absence: { why: "stale", ageSeconds, maxAgeSeconds } };
    }
    case "unseen":
      return { is: settles(vmi, moment) ? "starting" : "silent", absence: { why: "neverReported" } };
  }
}

/**
 * A guest that has been running for long and was never seen is on a node that is not scraped: it has a load. The first
 * samples of a migration take some time, too.
 */
function settles(vmi: VirtualMachineInstance, { nowMs, settlingMs, ephemeral }: Moment): boolean {
  const beganMs = Math.max(startOf(vmi), ephemeral ? (migratingSince(vmi) ?? 0) : 0);
  return !hasStarted(vmi) || nowMs - beganMs < settlingMs;
}

/** Whether an instance is over: it never runs again, and its virtual machine may start another. */
export function hasEnded({ phase }: VirtualMachineInstance): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** A sample from before the instance was created is of an earlier one of the same name. */
function ofThisInstance(vmi: VirtualMachineInstance, figure: Figure): Figure {
  const taken = figure.state === "reporting" || figure.state === "stale" ? figure.timestampMs : Infinity;
  return taken < vmi.createdAtMs ? { state: "unseen" } : figure;
}
