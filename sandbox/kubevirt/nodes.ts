import type { KubernetesClient } from "../kubernetes-client.ts";
import { pathOf } from "../kubernetes-object.ts";
import type { Fleet } from "./fleet.ts";
import { resources } from "./resources.ts";
import type { Writer } from "./writer.ts";

/** Keeps the fleet's nodes alive in the API: kube-controller-manager evicts the pods of nodes that are silent or missing. */
export interface NodeKeeper {
  /** Makes missing nodes and says that all are Ready, at most every ten seconds. */
  readonly beat: () => Promise<void>;
}

const beatMs = 10_000;

/** Makes a keeper; a node that could not be written is tried again at the next beat. */
export function createNodeKeeper(
  { client, fleet, nowMs }: { readonly client: KubernetesClient; readonly fleet: Fleet; readonly nowMs: () => number },
  writer: Writer,
): NodeKeeper {
  let dueMs = -Infinity;
  async function beatOne(name: string): Promise<boolean> {
    const found = await client.get(pathOf(resources.nodes, { name }));
    const created = { apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name } } };
    if (!found.ok && found.error.code !== 404) return false;
    const node = found.ok ? found.value : await writer.create(resources.nodes, created);
    if (node === undefined) return false;
    const lastHeartbeatTime = new Date(nowMs()).toISOString().replace(/\.\d+/u, "");
    const ready = { type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime };
    await writer.status(resources.nodes, node, { conditions: [ready], nodeInfo: node.status?.["nodeInfo"] });
    return true;
  }
  return {
    beat: async () => {
      if (nowMs() < dueMs) return;
      const beaten = await Promise.all(fleet.nodes.map(beatOne));
      if (beaten.every(Boolean)) dueMs = nowMs() + beatMs;
    },
  };
}
