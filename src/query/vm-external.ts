import { matchesLabels } from "../naming/label-selector.ts";
import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { ExternalMetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Share, sharesOf } from "../vm/aggregate.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import { hasEnded } from "../vm/member.ts";
import type { Inventory, VirtualMachineInstance } from "../vm/objects.ts";
import type { RecordDecision } from "./decision.ts";
import type { GetFigures } from "./figures.ts";
import { askMembers } from "./members.ts";
import type { ExternalReading } from "./provider.ts";
import { whenKnown } from "./described-objects.ts";

/** What reading external metrics needs. */
export interface ExternalOptions {
  readonly inventory: Pick<Inventory, "virtualMachineInstances">;
  readonly figures: GetFigures;
  /** The least part of the virtual machines that must report, from 0 to 1. */
  readonly minimumCoverage: number;
}

type Labels = Readonly<Record<string, string>>;

/**
 * The virtual machines of a namespace as values of an external metric, labelled `vm`. The HorizontalPodAutoscaler adds the
 * values up, so each is what its virtual machine adds to the sum, and too low a coverage is an error as it is for a sum.
 * The value of a silent virtual machine is the mean of the others, labelled `estimated="true"`. A list without any value
 * is an error that says why, except where the selector asks for estimated ones.
 */
export async function readExternal(
  metric: VmMetric,
  { namespace, selector }: ExternalMetricRequest,
  { inventory, figures, minimumCoverage }: ExternalOptions,
  record: RecordDecision,
): Promise<Result<readonly ExternalReading[], MetricError>> {
  const store = inventory.virtualMachineInstances;
  const resource = { group: "kubevirt.io", resource: "virtualmachineinstances" };
  const known = await whenKnown([store], resource);
  if (!known.ok) return known;

  function matches(labels: Labels): boolean {
    return matchesLabels(selector, labels);
  }
  const vmis = store.list(namespace).filter((vmi) => matches(labelsOf(vmi, false)) || matches(labelsOf(vmi, true)));
  record({ at: "objects", metric: metric.name, objects: vmis.length, virtualMachines: vmis.length });

  function refuse(absence: Absence): Result<never, MetricError> {
    record({ at: "answer", name: namespace, absence });
    return fail({ kind: "noExternalValues", metric: metric.name, namespace, absence });
  }
  if (vmis.length === 0) return refuse({ why: "noMatch" });
  if (vmis.every(hasEnded)) return refuse({ why: "noMembers" });

  const members = await askMembers(figures, metric, vmis, record);
  if (!members.ok) return members;
  const { windowMs } = members.value;
  const shares = sharesOf(vmis.map(members.value.of), { minimumCoverage, windowMs });
  if (!shares.ok) return refuse(shares.error);

  const window = windowMs === undefined ? {} : { windowSeconds: Math.round(windowMs / 1_000) };
  const readings = vmis.flatMap((vmi, index) => toReading(vmi, shares.value[index]));
  return ok(
    readings.flatMap((reading) => {
      if (!matches(reading.labels)) return [];
      const { labels, ...figure } = { ...reading, ...window };
      record({ at: "answer", name: labels["vm"] ?? "", ...figure });
      return { labels, ...figure };
    }),
  );
}

function toReading(vmi: VirtualMachineInstance, share: Share | undefined): readonly ExternalReading[] {
  if (share === undefined) return [];
  const { value, timestampMs, estimated } = share;
  return [{ labels: labelsOf(vmi, estimated), value, timestampMs }];
}

function labelsOf({ name }: VirtualMachineInstance, estimated: boolean): Labels {
  return estimated ? { vm: name, estimated: "true" } : { vm: name };
}
