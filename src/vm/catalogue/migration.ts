import { known, promql } from "../../promql/expression.ts";
import { virtController } from "../exporter.ts";
import {
  distinct,
  firstOf,
  gaugeOf,
  given,
  highest,
  lastOf,
  ofLeader,
  ofVmi,
  type Reading,
  zero,
} from "./expressions.ts";
import { libvirtJobSource } from "./libvirt-job.ts";
import { collectdJobSource, migrationDataMetrics } from "./migration-data.ts";
import type { Expression, Scope, VmMetric } from "./vm-metric.ts";

const milliseconds = 0.001;

const start: Reading = { series: "kubevirt_vmi_migration_start_time_seconds" };
const end: Reading = { series: "kubevirt_vmi_migration_end_time_seconds" };

/** The instances that virt-controller knows: one that has no such series is not known. */
const reported: Expression = gaugeOf({ series: "kubevirt_vmi_info" }, ofLeader);
/** The same in versions that report when migrations begin, which are those that name the pod. */
const reportedWithPod: Expression = gaugeOf(
  { series: "kubevirt_vmi_info", where: [{ label: known("vmi_pod"), op: "!=", value: "" }] },
  ofLeader,
);

/**
 * How long each instance's newest migration took, and the start of one that has not ended. Starts and ends are brought
 * together by the migration's name, because the end of an earlier one is remembered while the newest runs. One that was
 * made again under the same name began after the earlier one ended.
 */
function newestMigration(scope: Scope) {
  const each = [...scope.subject, known("migration_name")];
  const started = highest(ofLeader(start, scope), each);
  const took = promql`(${highest(lastOf(end, scope), each)} - on (${each}) ${started} >= 0)`;
  return { took, running: promql`(${started} unless on (${each}) ${took})` };
}

const timeElapsed: Expression = (scope) => {
  const { took, running } = newestMigration(scope);
  return highest(promql`${took} or time() - ${running}`, scope.subject);
};

const runs: Expression = (scope) => highest(promql`0 * ${newestMigration(scope).running} + 1`, scope.subject);

/** How many migrations of an instance there are that ended so; 0 of one that is reported and has none. */
function resultMetric(result: "succeeded" | "failed", metric: Pick<VmMetric, "help">, versions: string): VmMetric {
  const series = `kubevirt_vmi_migration_${result}`;
  const results = ofVmi(distinct({ series }, "vmim", ofLeader));
  return {
    ...metric,
    name: `migration-${result}Count`,
    unit: "Count",
    kind: "gauge",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "It counts what was and is still remembered; it does not follow the load.",
    sources: [
      {
        series: `${series}, kubevirt_vmi_info`,
        versions,
        exporter: virtController,
        // Before v1.3, results say the namespace of virt-controller instead of the instance's; kubevirt_vmi_info is as old.
        expression: firstOf(given(results, reported), zero(reported)),
      },
    ],
  };
}

/** Live migrations of the virtual machine: the one that runs, and those that are remembered. */
export const migrationMetrics: readonly VmMetric[] = [
  ...migrationDataMetrics,
  {
    name: "migration-timeElapsedSeconds",
    unit: "Seconds",
    kind: "gauge",
    help: "For how long the live migration of the virtual machine runs, or how long the last one took. It stays until the next one or until the virtual machine stops; there is none for one that has not migrated since it started.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 28,
    additive: false,
    unsuitable:
      "It says how a live migration goes, and stays after it; the load of the virtual machine is another matter.",
    sources: [
      {
        series: `${end.series} - ${start.series}`,
        versions: "KubeVirt since v1.5",
        exporter: virtController,
        expression: timeElapsed,
      },
      collectdJobSource("time_elapsed", milliseconds),
      // In milliseconds in spite of its name.
      libvirtJobSource("libvirt_domain_job_info_time_elapsed_seconds", milliseconds),
    ],
  },
  {
    name: "migration-activeBoolean",
    unit: "Boolean",
    kind: "state",
    help: "1 while the virtual machine migrates to another node, from when its data begin to move, otherwise 0. There is none for an instance without a pod.",
    stability: "ALPHA",
    since: "0.1",
    unsuitable: "It is a state and no amount of load.",
    sources: [
      {
        series: `${start.series}, ${end.series}, kubevirt_vmi_info`,
        versions: "KubeVirt since v1.5",
        exporter: virtController,
        expression: firstOf(runs, zero(reportedWithPod)),
      },
    ],
  },
  resultMetric(
    "succeeded",
    {
      help: "Live migrations of the virtual machine that succeeded and whose VirtualMachineInstanceMigration still exists.",
    },
    "KubeVirt since v1.3",
  ),
  resultMetric(
    "failed",
    {
      help: "Live migrations of the virtual machine that failed and whose VirtualMachineInstanceMigration still exists.",
    },
    "KubeVirt since v1.3; up to v1.6 one that has not begun counts for a moment, too",
  ),
];
