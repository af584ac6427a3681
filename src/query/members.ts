import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import { type Member, memberOf } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { RecordDecision } from "./decision.ts";
import type { GetFigures, Measurement } from "./figures.ts";

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
  measurement: Measurement,
  vmis: readonly VirtualMachineInstance[],
  record: RecordDecision,
): Promise<Result<Members, MetricError>> {
  const groups = [...Map.groupBy(vmis, ({ namespace }) => namespace)];
  const answers = await all(groups, async ([namespace, group]) => {
    const answer = await figures(measurement, namespace, group, record);
    return answer.ok ? ok([namespace, answer.value] as const) : answer;
  });
  if (!answers.ok) return answers;
  const byNamespace = new Map(answers.value);
  const windows = answers.value.flatMap(([, { windowMs }]) => windowMs ?? []);
  return ok({
    of: (vmi) => {
      const known = byNamespace.get(vmi.namespace);
      if (known === undefined) throw new Error(`Cannot tell of ${vmi.namespace}/${vmi.name}: it was not asked about`);
      const member = withDevices(memberOf(vmi, known.of(vmi), known), measurement);
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

/** Of a virtual machine that is asked for some devices only, that nothing is reported says that it may not have these. */
function withDevices(member: Member, { devices }: Measurement): Member {
  if (devices.length === 0 || member.is === "reporting" || member.absence.why !== "notReported") return member;
  return { ...member, absence: { why: "noDevice" } };
}
