import { loadKubernetesClient } from "../../src/cluster/client.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import type { ScriptedKubernetes } from "../support/scripted-kubernetes.ts";

/** The real client of a scripted API server, or of whatever a kubeconfig file names. */
export function clientOf({ kubeconfig }: Pick<ScriptedKubernetes, "kubeconfig">): KubernetesClient {
  const loaded = loadKubernetesClient({ kubeconfig, env: {}, userAgent: "tester/1" });
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}
