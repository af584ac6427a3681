import { known, type PromQL, promql } from "../../promql/expression.ts";
import { newestSamples } from "../../promql/newest.ts";
import { highest, ofLeader, type Reading } from "./expressions.ts";
import type { Expression, Scope } from "./vm-metric.ts";

/** The disks of a virtual machine that a PersistentVolumeClaim is behind, and the sizes that the claims ask for. */
export const claimed: Reading = { series: "kubevirt_vm_disk_allocated_size_bytes", device: "device" };

const device = known("device");
const claim = known("persistentvolumeclaim");

/** kubelets measure volumes once a minute (`volumeStatsAggPeriod`), whatever KubeVirt is scraped at. */
const measuredMs = 120_000;

/**
 * What kubelets say of the claims behind a virtual machine's disks. A claim that two virtual machines share counts for
 * each of them. One without a figure leaves the virtual machine without, because the others are not the whole.
 */
export function ofClaims(series: string): Expression {
  return (scope) => {
    const { subject, labels } = scope;
    const disks = highest(ofLeader(claimed, scope), [...subject, device, claim]);
    const claims = claimFigures(series, scope);
    const on = promql`on (${[labels.namespace, claim]})`;
    const figures = highest(promql`0 * ${disks} + ${on} group_left () ${claims}`, [...subject, device]);
    return promql`sum by (${subject}) (${figures}) unless on (${subject}) (${disks} unless ${on} ${claims})`;
  };
}

/** While a virtual machine migrates, two kubelets measure a volume: the newer figure counts. */
function claimFigures(series: string, { labels, matchers, rate, maxAgeMs }: Scope): PromQL {
  const subject = [labels.namespace, claim];
  // Claims have no label for the virtual machine that uses them.
  const ofNamespace = matchers.filter(({ label }) => label !== labels.name);
  const options = { subject, intervalMs: rate.intervalMs, maxAgeMs: Math.max(maxAgeMs, measuredMs), overlapMs: 0 };
  // Of a claim of volume mode Block kubelets write 0 for what they do not know (kubernetes, volume_stat_calculator.go).
  return highest(promql`${newestSamples(known(series), ofNamespace, options)} > 0`, subject);
}
