import type { GroupResource } from "../naming/group-resource.ts";
import { type LabelSelector, matchesLabels } from "../naming/label-selector.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Inventory, ObjectMeta, ObjectStore } from "../vm/objects.ts";
import type { Extent, VmResource } from "../vm/resource.ts";
import { filterInTurns } from "./filter-in-turns.ts";

/** An object that a metric describes, and what it stands for. */
export interface Described {
  readonly name: string;
  readonly extent: Extent;
}

/** Finds the objects of a request; one that is asked for by name and is not there is an error. */
export async function findDescribed(
  inventory: Inventory,
  resource: VmResource,
  { namespace = "", target }: MetricRequest,
): Promise<Result<readonly Described[], MetricError>> {
  const stores = [resource.store(inventory), ...resource.reads(inventory)];
  const known = await whenKnown(stores, resource.resource);
  if (!known.ok) return known;
  return target.by === "name"
    ? findByName(inventory, resource, namespace, target.name)
    : ok(await findBySelector(inventory, resource, namespace, target.selector));
}

/**
 * What namespaces stand for when the name of a metric begins with that of a virtual machine: this one alone. It is an
 * error when none of them has it.
 */
export function findPrefixed(
  inventory: Pick<Inventory, "virtualMachineInstances" | "virtualMachines">,
  namespaces: readonly Described[],
  vm: string,
  metric: string,
): Result<readonly Described[], MetricError> {
  const found = namespaces.flatMap(({ name: namespace }): readonly Described[] => {
    const vmi = inventory.virtualMachineInstances.get(namespace, vm);
    if (vmi !== undefined) return [{ name: namespace, extent: { of: "one", vmi } }];
    const isStopped = inventory.virtualMachines.get(namespace, vm) !== undefined;
    return isStopped ? [{ name: namespace, extent: { of: "none", absence: { why: "notRunning" } } }] : [];
  });
  const [{ name: namespace } = { name: "" }] = namespaces;
  if (found.length > 0 || namespaces.length === 0) return ok(found);
  return fail({ kind: "unknownVirtualMachine", metric, namespace, name: vm });
}

/** Waits for first lists that are on their way; what is not known then is an error and never an empty list. */
export async function whenKnown(
  stores: readonly ObjectStore<ObjectMeta>[],
  resource: GroupResource,
): Promise<Result<undefined, MetricError>> {
  await Promise.all(stores.map(async (store) => store.settled()));
  for (const store of stores) {
    const state = store.state();
    if (!state.known) return fail({ kind: "objectsUnknown", resource, detail: state.detail });
  }
  return ok(undefined);
}

async function findByName(
  inventory: Inventory,
  { resource, namespaced, others, extentOf }: VmResource,
  namespace: string,
  name: string,
): Promise<Result<readonly Described[], MetricError>> {
  const extent = extentOf(inventory, namespace, name);
  if (extent !== undefined) return ok([{ name, extent }]);

  const other = others === undefined ? ok(undefined) : await others(inventory).find(namespace, name);
  if (!other.ok) return fail({ kind: "objectsUnknown", resource, detail: other.error.detail });
  if (other.value !== undefined) return ok([{ name, extent: { of: "none", absence: { why: "noVirtualMachine" } } }]);
  const where = namespaced && namespace !== "" ? { namespace } : {};
  return fail({ kind: "objectNotFound", resource, ...where, name });
}

async function findBySelector(
  inventory: Inventory,
  { namespaced, store, extentOf }: VmResource,
  namespace: string,
  selector: LabelSelector,
): Promise<readonly Described[]> {
  const objects = store(inventory).list(namespaced ? namespace : "");
  const matching = await filterInTurns(objects, selector.length, ({ labels }) => matchesLabels(selector, labels));
  return matching.flatMap(({ name }) => {
    const extent = extentOf(inventory, namespace, name);
    return extent === undefined ? [] : { name, extent };
  });
}
