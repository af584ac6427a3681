import type { Lifecycle } from "../../naming/stability.ts";
import type { Unit } from "../../naming/unit.ts";
import type { Identifier, Matcher, PromQL } from "../../promql/expression.ts";
import type { Grouping, RateOptions } from "../../promql/rate.ts";
import type { Exporter } from "../exporter.ts";
import type { SeriesLabels } from "../series-labels.ts";

/** What an expression is asked for. */
export interface Scope {
  readonly labels: SeriesLabels;
  /** The labels by which the exporter tells virtual machines apart: one figure for each. */
  readonly subject: Grouping;
  /** The label that says where the exporter found it: a virtual machine works at one place at a time. */
  readonly place: Identifier;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly cluster: readonly Matcher[];
  /** Selects the virtual machines: this cluster's, and of these at least the namespace. */
  readonly matchers: readonly Matcher[];
  /** Selects among a virtual machine's devices; its figure is then that of these together. Empty selects all. */
  readonly devices: readonly DeviceCondition[];
  readonly rate: RateOptions;
  /** The age in milliseconds from which a sample does not count, at least one scrape interval. */
  readonly maxAgeMs: number;
}

/** A condition on a device's name; each source knows the label that it is in. */
export type DeviceCondition = Pick<Matcher, "op" | "value">;

/** Says in PromQL what is asked for: one sample for each virtual machine, labelled with exactly its subject's labels. */
export type Expression = (scope: Scope) => PromQL;

/** One way to get a metric's figure. */
export interface Source {
  /** What is read, for people: names of series. */
  readonly series: string;
  /** Who writes it so, for people: `KubeVirt since v1.1`, `KubeVirt v0.59 to v1.0`. */
  readonly versions: string;
  /** Who tells which virtual machines there are, and when each was seen last. */
  readonly exporter: Exporter;
  /** Who writes the series, for people, where that is not the exporter. */
  readonly writer?: string;
  readonly expression: Expression;
  /**
   * When the newest sample of a virtual machine was taken, in seconds since the Unix epoch. Absent where that is when the
   * exporter saw it last, which it is of all that comes from one scrape.
   */
  readonly time?: Expression;
  /** Whether it knows devices by KubeVirt's names; a source that does not is not asked about one. Default: yes. */
  readonly foreignDevices?: true;
}

/** The label by which a metric's devices are selected: `metricLabelSelector=interface=default`. */
export type DeviceLabel = "interface" | "drive" | "vcpu" | "disk";

/** A metric of a virtual machine. Its name, unit, kind and meaning are API once they are exported. */
export interface VmMetric extends Lifecycle {
  /** `group-leafUnit`, such as `cpu-usageCores`. */
  readonly name: string;
  readonly unit: Unit;
  /**
   * A rate has a window and needs two scrape intervals before its first figure. What is cumulative begins again at 0 with
   * each start and live migration. A state is one of some values that are no amount.
   */
  readonly kind: "gauge" | "rate" | "cumulative" | "state";
  /** Full sentences for a person who chooses a metric. */
  readonly help: string;
  /** The row of the project's table of metrics that asks for it; absent for one that goes beyond the table. */
  readonly seedRow?: number;
  /** Whether it is there only while the virtual machine migrates. Default: no. */
  readonly ephemeral?: true;
  /** Absent where it has no devices. */
  readonly device?: DeviceLabel;
  /** Says that figures of several virtual machines cannot be added up although their unit can be: a latency. */
  readonly additive?: false;
  /** Says that the figure is another quantity, which is close under the condition that the help states. */
  readonly proxy?: true;
  /** Why it does not suit an autoscaler; absent where it does. */
  readonly unsuitable?: string;
  /** Why it is not in discovery: what has to be there before it has a figure. */
  readonly unfed?: string;
  /** In the order of preference; the choice is made for each virtual machine. */
  readonly sources: readonly Source[];
}

/** Whether a metric is averaged over a window. */
export function isRate({ kind }: Pick<VmMetric, "kind">): boolean {
  return kind === "rate";
}
