import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { PromQL } from "../promql/expression.ts";
import type { Figure, Member } from "../vm/member.ts";

/**
 * What was decided on the way from a request to its answer, and why. Data only, in the order in which it happened; all
 * spans are in milliseconds.
 */
export type Decision =
  /** Which metric of how many objects was asked for, and how many virtual machines they stand for. */
  | { readonly at: "objects"; readonly metric: string; readonly objects: number; readonly virtualMachines: number }
  /** Which series of Prometheus a naming rule makes a metric of, and the query for it. */
  | { readonly at: "rule"; readonly metric: string; readonly series: string; readonly query: string }
  /** How often an exporter is scraped; undefined while too few samples are there to say. */
  | { readonly at: "interval"; readonly exporter: string; readonly namespace: string; readonly intervalMs?: number }
  /**
   * Where the answer to an expression came from: `asked` of the backend now, `shared` with a question that was under way,
   * `remembered`, or `stale`: remembered because the backend fails.
   */
  | {
      readonly at: "snapshot";
      readonly expr: PromQL;
      readonly from: "asked" | "shared" | "remembered" | "stale";
      /** Since the evaluation; absent when there is no answer. */
      readonly ageMs?: number;
      /** Why the backend gave none, now or the last time it was asked. */
      readonly error?: MetricError;
    }
  /** Which source speaks for a virtual machine; absent when none sees it. */
  | {
      readonly at: "source";
      readonly namespace: string;
      readonly name: string;
      readonly source?: string;
      readonly figure: Figure;
    }
  /** What a virtual machine is to the answer; without a figure, why. */
  | {
      readonly at: "member";
      readonly namespace: string;
      readonly name: string;
      readonly is: Member["is"];
      readonly absence?: Absence;
    }
  /** The value of an object, or why it has none. */
  | {
      readonly at: "answer";
      readonly name: string;
      readonly value?: number;
      readonly timestampMs?: number;
      readonly windowSeconds?: number;
      readonly absence?: Absence;
    };

/** Is told of decisions while they are made. Must not throw. */
export type RecordDecision = (decision: Decision) => void;
