import type { KubernetesClient } from "../kubernetes-client.ts";
import { pathOf } from "../kubernetes-object.ts";
import { customResourceDefinitions } from "./crds.ts";
import { resources } from "./resources.ts";

/** Makes the CustomResourceDefinitions where they are missing, and resolves when their resources are served. */
export async function installCrds(client: KubernetesClient): Promise<void> {
  const path = pathOf(resources.definitions);
  for (const definition of customResourceDefinitions) {
    const created = await client.create(path, definition);
    if (!created.ok && created.error.code !== 409) throw new Error(created.error.message);
  }
  const served = [resources.machines, resources.instances, resources.replicaSets, resources.pools];
  for (const resource of served) await until(async () => (await client.list(pathOf(resource))).ok);
}

/** Custom resources are served a moment after their definition is there. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Cannot install the CustomResourceDefinitions: their resources are not served after 10 s");
}
