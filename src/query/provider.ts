import type { GroupResource } from "../naming/group-resource.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../naming/metric-request.ts";
import type { Notice } from "../naming/stability.ts";
import type { Result } from "../result.ts";
import type { RecordDecision } from "./decision.ts";

export type { RecordDecision };

/** The object that a reading describes. */
export interface DescribedObject {
  /** `v1`, `kubevirt.io/v1`, `pool.kubevirt.io/v1beta1`; of the core group's objects rules say `/v1`. */
  readonly apiVersion: string;
  /** `Pod`, `VirtualMachinePool`. */
  readonly kind: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

/** One object's value. Never zero for "unknown": an object without a figure has no reading. */
export interface Reading {
  readonly object: DescribedObject;
  /** Finite, in the unit that the metric's name says. */
  readonly value: number;
  /** When the oldest sample behind the value was taken, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** The window of a rate, in seconds; absent for a gauge. */
  readonly windowSeconds?: number;
  /** What becomes of a fraction of a thousandth, the least that a quantity can say; absent: rounded away from zero. */
  readonly rounding?: "truncate" | "nearest";
}

/** One value of an external metric, told from the others by its labels. */
export interface ExternalReading extends Omit<Reading, "object"> {
  /** Null for the value of a PromQL scalar, which has none. */
  readonly labels: Readonly<Record<string, string>> | null;
}

/** An entry of discovery: a metric that objects of a resource can be asked for. */
export interface MetricInfo {
  readonly resource: GroupResource;
  readonly namespaced: boolean;
  readonly metric: string;
}

/**
 * What the serving side needs from everything behind it. `record` is told what is decided on the way and why. After `signal`
 * nothing more is asked for the request; a question that is under way is shared, and ends by a deadline of its own.
 */
export interface MetricsProvider {
  /** All names that objects can be asked for, sorted by resource and name. Needs no backend. */
  readonly list: () => readonly MetricInfo[];
  /** All names of external metrics, sorted. Needs no backend. */
  readonly listExternal: () => readonly string[];
  /** What users of a name are told beside its values; undefined for one that is not deprecated. */
  readonly notice: (metric: string) => Notice | undefined;
  /**
   * Answers one request. By name: exactly one reading or an error. By selector: one reading for each matching object
   * that has a figure. Where no object matches, metrics of virtual machines are an empty list and those of rules an error;
   * where objects match and none has a figure, it is the other way round.
   */
  readonly read: (
    request: MetricRequest,
    record: RecordDecision,
    signal?: AbortSignal,
  ) => Promise<Result<readonly Reading[], MetricError>>;
  /**
   * Answers one request for an external metric. Of virtual machines: at least one value, or why there is none. Of rules: as
   * many values as the query has samples.
   */
  readonly readExternal: (
    request: ExternalMetricRequest,
    record: RecordDecision,
    signal?: AbortSignal,
  ) => Promise<Result<readonly ExternalReading[], MetricError>>;
}
