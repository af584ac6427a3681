import { ok } from "../../src/result.ts";
import type { Answer, KubernetesClient } from "../kubernetes-client.ts";
import { controllerOf, type KubernetesObject, pathOf } from "../kubernetes-object.ts";
import { resources } from "./resources.ts";

/** The objects of KubeVirt as an API server had them at about one time. */
export interface World {
  readonly pools: readonly KubernetesObject[];
  readonly replicaSets: readonly KubernetesObject[];
  readonly machines: readonly KubernetesObject[];
  readonly instances: readonly KubernetesObject[];
  /** virt-launcher pods only. */
  readonly pods: readonly KubernetesObject[];
}

/** Lists everything; what is owned before its owners, so that nothing seems to be without its owner. */
export async function observe(client: KubernetesClient): Answer<World> {
  const pods = await client.list(pathOf(resources.pods), "kubevirt.io=virt-launcher");
  if (!pods.ok) return pods;
  const instances = await client.list(pathOf(resources.instances));
  if (!instances.ok) return instances;
  const machines = await client.list(pathOf(resources.machines));
  if (!machines.ok) return machines;
  const replicaSets = await client.list(pathOf(resources.replicaSets));
  if (!replicaSets.ok) return replicaSets;
  const pools = await client.list(pathOf(resources.pools));
  if (!pools.ok) return pools;
  return ok({
    pools: pools.value,
    replicaSets: replicaSets.value,
    machines: machines.value,
    instances: instances.value,
    pods: pods.value,
  });
}

/** Objects by the uid of their controlling owner; those without one are under the empty text. */
export function byOwner(objects: readonly KubernetesObject[]): ReadonlyMap<string, readonly KubernetesObject[]> {
  return Map.groupBy(objects, (object) => controllerOf(object)?.uid ?? "");
}

/** `namespace/name` of an object. */
export function keyOfObject({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
