import type { Stability } from "./stability.ts";

/**
 * What an exported name promises, as it is recorded for each release. Units, kinds, aggregates and resources are plain
 * text, because the record of an earlier release may have words that this one does not know.
 */
export interface ExportedMetric {
  readonly api: "custom" | "external";
  /** Unique within its API. */
  readonly name: string;
  /** The resources whose objects can be asked, such as `virtualmachines.kubevirt.io`; none for external metrics. */
  readonly resources: readonly string[];
  /** The unit word that ends the name, such as `BytesPerSecond`. */
  readonly unit: string;
  /** What a value is: `gauge`, `rate`, `cumulative`, `state`. */
  readonly kind: string;
  /** The words that may stand before the unit, such as `Average`; none where values cannot become one. */
  readonly aggregates: readonly string[];
  /** Whether the bare name stands for the sum where it is asked of several virtual machines. */
  readonly additive: boolean;
  /** Whether there are values only while a virtual machine migrates. */
  readonly ephemeral: boolean;
  /** The labels that a metric selector may name, such as `interface`. */
  readonly selectorLabels: readonly string[];
  readonly stability: Stability;
  /** The release in which the name became BETA, kept when it becomes STABLE; absent while it is ALPHA. */
  readonly betaSince?: string;
  /** The release from which the name is deprecated; absent when it is not. */
  readonly deprecatedSince?: string;
  /** The name to use instead of a deprecated one, in the same API; absent when there is none. */
  readonly replacedBy?: string;
}
