import type { Identifier } from "../promql/expression.ts";
import type { Grouping } from "../promql/rate.ts";

/** The label names by which Prometheus knows virtual machines and what reports them. */
export interface SeriesLabels {
  /** The VirtualMachineInstance's namespace; `namespace`, or `exported_namespace` when labels are not honoured. */
  readonly namespace: Identifier;
  /** The VirtualMachineInstance's name. */
  readonly name: Identifier;
  /** The same on the few series of KubeVirt's that call it so. */
  readonly vmi: Identifier;
  /** The node that a virtual machine is reported from. */
  readonly node: Identifier;
  /** libvirt's name of a virtual machine, `<namespace>_<name>`, as libvirt exporters label it. */
  readonly domain: Identifier;
  /** The same as collectd labels it: its own `instance`, or `exported_instance` when labels are not honoured. */
  readonly collectdHost: Identifier;
  /** The target that was scraped. */
  readonly instance: Identifier;
  /** What tells one scrape job from another that exports the same series. */
  readonly job: Identifier;
  /** What tells the replicas of one Prometheus apart. */
  readonly replica: Grouping;
}
