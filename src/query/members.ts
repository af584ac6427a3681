import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { DeviceCondition } from "../vm/catalogue/vm-metric.ts";
import { type Figure, type Member, memberOf } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { RecordDecision } from "./decision.ts";
import type { Figures, GetFigures, Measurement } from "./figures.ts";

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
  signal?: AbortSignal,
): Promise<Result<Members, MetricError>> {
  const groups = [...Map.groupBy(vmis, ({ namespace }) => namespace)];
  const answers = await all(groups, async ([namespace, group]) => {
    const known = await figures(measurement, namespace, group, record, signal);
    if (!known.ok) return known;
    const figureOf = new Map(group.map((vmi) => [vmi, known.value.of(vmi)]));
    const others = await askOthers(figures, measurement, figureOf, record, signal);
    return others.ok ? ok([namespace, { known: known.value, figureOf, others: others.value }] as const) : others;
  });
  if (!answers.ok) return answers;
  const byNamespace = new Map(answers.value);
  const windows = answers.value.flatMap(([, { known }]) => known.windowMs ?? []);
  return ok({
    of: (vmi) => {
      const { namespace, name } = vmi;
      const answer = byNamespace.get(namespace);
      const figure = answer?.figureOf.get(vmi);
      if (answer === undefined || figure === undefined) {
        throw new Error(`Cannot tell of ${namespace}/${name}: it was not asked about`);
      }
      const member = withDevices(memberOf(vmi, figure, answer.known), measurement, answer.others?.of(vmi));
      const absence = member.is === "reporting" ? {} : { absence: member.absence };
      record({ at: "member", namespace, name, is: member.is, ...absence });
      return member;
    },
    ...(windows.length === 0 ? {} : { windowMs: Math.max(...windows) }),
  });
}

/** Any device that is called by a name. */
const anyDevice: DeviceCondition = { op: "!=", value: "" };

/** Asks about the other devices of virtual machines of which none that was asked for reports. */
async function askOthers(
  figures: GetFigures,
  { metric, devices }: Measurement,
  figureOf: ReadonlyMap<VirtualMachineInstance, Figure>,
  record: RecordDecision,
  signal: AbortSignal | undefined,
): Promise<Result<Pick<Figures, "of"> | undefined, MetricError>> {
  const without = [...figureOf].flatMap(([vmi, { state }]) => (state === "notReported" ? [vmi] : []));
  const [first] = without;
  if (devices.length === 0 || first === undefined) return ok(undefined);
  const others = await figures({ metric, devices: [anyDevice] }, first.namespace, without, record, signal);
  if (!others.ok) return others;
  const states = new Map(without.map((vmi) => [vmi, others.value.of(vmi)]));
  return ok({ of: (vmi) => states.get(vmi) ?? { state: "unseen" } });
}

/**
 * What a virtual machine is when only some devices are asked for: one that reports others does not have these, and adds
 * nothing. One that reports none may have them.
 */
function withDevices(member: Member, { devices }: Measurement, others: Figure | undefined): Member {
  if (devices.length === 0 || member.is === "reporting" || member.absence.why !== "notReported") return member;
  const hasOthers = others?.state === "reporting" || others?.state === "undefined";
  return { is: hasOthers ? "undefined" : member.is, absence: { why: "noDevice" } };
}
