import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import { type Member, memberOf } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { RecordDecision } from "./decision.ts";
import type { GetFigures } from "./figures.ts";

/** What virtual machines are to a figure of theirs. */
export interface Members {
  /** What one of the virtual machines that were asked about is. */
  readonly of: (vmi: VirtualMachineInstance) => Member;
  /** The window of a rate in milliseconds, the longest where they differ; absent for a gauge. */
  readonly windowMs?: number;
}

/** Asks what is known of a metric of virtual machines, whatever their namespaces. Without any, no backend is asked. */
export async function askMembers(
  figures: GetFigures,
  metric: VmMetric,
  vmis: readonly VirtualMachineInstance[],
  record: RecordDecision,
): Promise<Result<Members, MetricError>> {
  const groups = [...Map.groupBy(vmis, ({ namespace }) => namespace)];
  const answers = await all(groups, async ([namespace, group]) => {
    const answer = await figures(metric, namespace, group, record);
    return answer.ok ? ok([namespace, answer.value] as const) : answer;
  });
  if (!answers.ok) return answers;
  const byNamespace = new Map(answers.value);
  const windows = answers.value.flatMap(([, { windowMs }]) => windowMs ?? []);
  return ok({
    of: (vmi) => {
      const known = byNamespace.get(vmi.namespace);
      if (known === undefined) throw new Error(`Cannot tell of ${vmi.namespace}/${vmi.name}: it was not asked about`);
      const member = memberOf(vmi, known.of(vmi), known);
      const { namespace, name } = vmi;
      record({
        at: "member",
        namespace,
        name,
        is: member.is,
        ...(member.is === "reporting" ? {} : { absence: member.absence }),
      });
      return member;
    },
    ...(windows.length === 0 ? {} : { windowMs: Math.max(...windows) }),
  });
}
