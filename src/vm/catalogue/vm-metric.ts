import type { Unit } from "../../naming/unit.ts";
import type { Identifier, Matcher, PromQL } from "../../promql/expression.ts";
import type { Grouping, RateOptions } from "../../promql/rate.ts";

/** The label names by which Prometheus knows a virtual machine. */
export interface SeriesLabels {
  /** The VirtualMachineInstance's namespace; `namespace`, or `exported_namespace` when labels are not honoured. */
  readonly namespace: Identifier;
  /** The VirtualMachineInstance's name. */
  readonly name: Identifier;
  /** What tells one scrape job from another that exports the same series. */
  readonly job: Identifier;
  /** What tells the replicas of one Prometheus apart. */
  readonly replica: Grouping;
}

/** What an expression is asked for. */
export interface Scope {
  readonly labels: SeriesLabels;
  /** Selects the virtual machines; at least the namespace. */
  readonly matchers: readonly Matcher[];
  readonly rate: RateOptions;
  /** The age in milliseconds from which a sample does not count, at least one scrape interval. */
  readonly maxAgeMs: number;
}

/** Something that writes series about virtual machines, all of one virtual machine in one scrape. */
export interface Exporter {
  readonly name: string;
  /** Series that every running virtual machine has, newest name first: their newest sample tells when it was last seen. */
  readonly heartbeat: readonly Identifier[];
}

/** One way to get a metric's figure. */
export interface Source {
  /** What is read and since which version, for people. */
  readonly name: string;
  readonly exporter: Exporter;
  /** One sample per virtual machine, labelled with exactly the namespace and name labels. */
  readonly expression: (scope: Scope) => PromQL;
}

/** A metric of a virtual machine. Its name, unit, kind and meaning are API once they are exported. */
export interface VmMetric {
  /** `group-leafUnit`, such as `cpu-usageCores`. */
  readonly name: string;
  readonly unit: Unit;
  /** A rate has a window and needs two scrape intervals before its first figure. */
  readonly kind: "gauge" | "rate";
  /** Full sentences for a person who chooses a metric. */
  readonly help: string;
  readonly stability: "ALPHA";
  /** In the order of preference; the choice is made for each virtual machine. */
  readonly sources: readonly Source[];
}
