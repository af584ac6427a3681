import { aggregationsOf } from "../naming/aggregation.ts";
import { type LabelSelector, matchesLabels } from "../naming/label-selector.ts";
import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { ExternalMetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Share, sharesOf } from "../vm/aggregate.ts";
import type { DeviceCondition } from "../vm/catalogue/vm-metric.ts";
import { deviceConditions, isDevice } from "../vm/device-conditions.ts";
import { hasEnded } from "../vm/member.ts";
import type { Inventory, VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import { inUnit } from "./answers.ts";
import type { RecordDecision } from "./decision.ts";
import { filterInTurns } from "./filter-in-turns.ts";
import { findPrefixed, whenKnown } from "./described-objects.ts";
import type { GetFigures } from "./figures.ts";
import { askMembers } from "./members.ts";
import type { Meant } from "./metric-index.ts";
import type { ExternalReading } from "./provider.ts";

/** What reading external metrics needs. */
export interface ExternalOptions {
  readonly inventory: Pick<Inventory, "virtualMachineInstances" | "virtualMachines">;
  readonly figures: GetFigures;
  /** The least part of the virtual machines that must report, from 0 to 1. */
  readonly minimumCoverage: number;
}

type Labels = Readonly<Record<string, string>>;

/**
 * The virtual machines of a namespace as values of an external metric, labelled `vm`. The HorizontalPodAutoscaler adds the
 * values up, so each is what its virtual machine adds to the sum, and too low a coverage is an error as it is for a sum.
 * The value of a silent virtual machine is the mean of the others, labelled `estimated="true"`; of codes there is no mean,
 * and no such value. Where devices are asked
 * for by name, each of them has values of its own, labelled with it. A list without any value is an error that says why,
 * except where the selector asks for estimated ones.
 */
export async function readExternal(
  meant: Meant,
  request: ExternalMetricRequest,
  options: ExternalOptions,
  record: RecordDecision,
  signal?: AbortSignal,
): Promise<Result<readonly ExternalReading[], MetricError>> {
  const { metric, namespace, selector } = request;
  const ofDevices = selector.filter(({ key }) => key === meant.metric.device);
  const ofMachines = selector.filter(({ key }) => key !== meant.metric.device);
  const found = await findMachines(meant, { ...request, selector: ofMachines }, options);
  if (!found.ok) return found;
  const vmis = found.value;
  record({ at: "objects", metric, objects: vmis.length, virtualMachines: vmis.length });

  function refuse(absence: Absence): Result<never, MetricError> {
    record({ at: "answer", name: namespace, absence });
    return fail({ kind: "noExternalValues", metric, namespace, absence });
  }
  if (vmis.length === 0) return refuse({ why: meant.parts.vm === undefined ? "noMatch" : "notRunning" });
  if (vmis.every(hasEnded)) return refuse({ why: "noMembers" });

  const selections = selectionsOf(meant, ofDevices);
  if (selections.length === 0) return refuse({ why: "noDevice" });
  if (selections.length > maxDevices) {
    return fail({ kind: "tooManyDevices", asked: selections.length, limit: maxDevices });
  }
  const readings = await all(selections, async ({ devices, labels }) => {
    const shares = await askShares(meant, devices, vmis, options, record, signal);
    if (!shares.ok) return shares;
    if (!shares.value.ok) return refuse(shares.value.error);
    return ok(shares.value.value.map((reading) => ({ ...reading, labels: { ...reading.labels, ...labels } })));
  });
  if (!readings.ok) return readings;
  return ok(
    readings.value.flat().flatMap((reading) => {
      if (!matchesLabels(ofMachines, reading.labels)) return [];
      const { labels, ...figure } = reading;
      record({ at: "answer", name: labels["vm"] ?? "", ...figure });
      return { labels, ...figure };
    }),
  );
}

/** The virtual machines that may have a value whose labels match, or the one that the metric's name begins with. */
async function findMachines(
  { parts }: Meant,
  { metric, namespace, selector }: ExternalMetricRequest,
  { inventory }: ExternalOptions,
): Promise<Result<readonly VirtualMachineInstance[], MetricError>> {
  const { virtualMachineInstances: store, virtualMachines } = inventory;
  const resource = { group: "kubevirt.io", resource: "virtualmachineinstances" };
  const known = await whenKnown(parts.vm === undefined ? [store] : [store, virtualMachines], resource);
  if (!known.ok) return known;
  if (parts.vm !== undefined) {
    const name = parts.vm;
    const place = { name: namespace, extent: { of: "many", vmis: [], waiting: 0 } } as const;
    const found = findPrefixed(inventory, [place], name, metric);
    if (!found.ok) return found;
  }
  const vmis = store.list(namespace).filter(({ name }) => parts.vm === undefined || name === parts.vm);
  const matching = await filterInTurns(vmis, 2 * selector.length, (vmi) =>
    [false, true].some((estimated) => matchesLabels(selector, labelsOf(vmi, estimated))),
  );
  return ok(matching);
}

/** Some of a virtual machine's devices whose figure is asked for, and the labels that say which. */
interface Selection {
  readonly devices: readonly DeviceCondition[];
  readonly labels: Labels;
}

/** Each device that is asked for by name, or all together that match. */
function selectionsOf({ metric, parts }: Meant, selector: LabelSelector): readonly Selection[] {
  const asked = selector.flatMap(({ operator, values }) => (naming.has(operator) ? [values] : []));
  const [first, ...others] = parts.device === undefined ? asked : [[parts.device], ...asked];
  const conditions = deviceConditions(selector.filter(({ operator }) => !naming.has(operator)));
  if (first === undefined || metric.device === undefined) return [{ devices: conditions, labels: {} }];
  const label = metric.device;
  const common = first.filter(
    (name) => others.every((values) => values.includes(name)) && matchesLabels(selector, { [label]: name }),
  );
  return common.map((name) => ({ devices: [isDevice(name)], labels: { [label]: name } }));
}

/** Each device that is asked for by name is a question of its own. */
const maxDevices = 32;

/** The operators that call what they select by its name. */
const naming: ReadonlySet<string> = new Set(["=", "==", "in"]);

/** What each virtual machine adds to the sum over these devices, or why there is no sum. */
async function askShares(
  { metric, factor }: Meant,
  devices: readonly DeviceCondition[],
  vmis: readonly VirtualMachineInstance[],
  { figures, minimumCoverage }: ExternalOptions,
  record: RecordDecision,
  signal?: AbortSignal,
): Promise<Result<Result<readonly ExternalReading[], Absence>, MetricError>> {
  const members = await askMembers(figures, { metric, devices }, vmis, record, signal);
  if (!members.ok) return members;
  const { windowMs } = members.value;
  const shares = sharesOf(vmis.map(members.value.of), { minimumCoverage, windowMs });
  if (!shares.ok) return ok(shares);
  const window = windowMs === undefined ? {} : { windowSeconds: Math.round(windowMs / 1_000) };
  const hasMean = aggregationsOf(metric.unit).includes("Average");
  const known = shares.value.map((share) => (share?.estimated === true && !hasMean ? undefined : share));
  const readings = vmis.flatMap((vmi, index) => toReading(vmi, known[index], factor));
  return ok(ok(readings.map((reading) => ({ ...reading, ...window }))));
}

function toReading(vmi: VirtualMachineInstance, share: Share | undefined, factor: number): readonly ExternalReading[] {
  if (share === undefined) return [];
  const { value, timestampMs, estimated } = share;
  return [{ labels: labelsOf(vmi, estimated), value: inUnit(value, factor), timestampMs }];
}

function labelsOf({ name }: VirtualMachineInstance, estimated: boolean): Labels {
  return estimated ? { vm: name, estimated: "true" } : { vm: name };
}
