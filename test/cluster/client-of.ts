import { loadKubernetesClient } from "../../src/cluster/client.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import type { ScriptedKubernetes } from "../support/scripted-kubernetes.ts";

/** The real client of a scripted API server. */
export function clientOf({ kubeconfig }: ScriptedKubernetes): KubernetesClient {
  const loaded = loadKubernetesClient({ kubeconfig, env: {}, userAgent: "tester/1" });
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}
