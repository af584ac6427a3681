import type { GroupResource } from "../naming/group-resource.ts";
import { type LabelSelector, matchesLabels } from "../naming/label-selector.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Inventory, ObjectMeta, ObjectStore } from "../vm/objects.ts";
import type { Extent, VmResource } from "../vm/resource.ts";

/** An object that was asked for and what it stands for. */
export interface Subject {
  readonly name: string;
  readonly extent: Extent;
}

/** Finds the objects of a request; one that is asked for by name and is not there is an error. */
export async function findSubjects(
  inventory: Inventory,
  resource: VmResource,
  { namespace: asked = "", target }: MetricRequest,
): Promise<Result<readonly Subject[], MetricError>> {
  const stores = [resource.store(inventory), ...resource.reads(inventory)];
  const known = await whenKnown(stores, resource.resource);
  if (!known.ok) return known;
  const namespace = resource.namespaced ? asked : "";
  if (target.by === "name") return findByName(inventory, resource, { namespace, asked, name: target.name });
  const found = findBySelector(inventory, resource, namespace, target.selector);
  return ok(found.filter(({ name }) => isVisible(resource, asked, name)));
}

/** Whether the path that was asked by reaches an object: with rights in one namespace, nobody reads of another. */
function isVisible({ visibleFrom }: VmResource, asked: string, name: string): boolean {
  return asked === "" || visibleFrom === undefined || visibleFrom(asked, name);
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
  kind: VmResource,
  { namespace, asked, name }: { readonly namespace: string; readonly asked: string; readonly name: string },
): Promise<Result<readonly Subject[], MetricError>> {
  const { resource, others } = kind;
  const extent = isVisible(kind, asked, name) ? kind.extentOf(inventory, namespace, name) : undefined;
  if (extent !== undefined) return ok([{ name, extent }]);

  const other = others === undefined ? ok(undefined) : await others(inventory).find(namespace, name);
  if (!other.ok) return fail({ kind: "objectsUnknown", resource, detail: other.error.detail });
  if (other.value !== undefined) return ok([{ name, extent: { of: "none", absence: { why: "noVirtualMachine" } } }]);
  return fail({ kind: "objectNotFound", resource, ...(namespace === "" ? {} : { namespace }), name });
}

function findBySelector(
  inventory: Inventory,
  { store, extentOf }: VmResource,
  namespace: string,
  selector: LabelSelector,
): readonly Subject[] {
  const matching = store(inventory)
    .list(namespace)
    .filter(({ labels }) => matchesLabels(selector, labels));
  return matching.flatMap(({ name }) => {
    const extent = extentOf(inventory, namespace, name);
    return extent === undefined ? [] : { name, extent };
  });
}
