import { listApiResources } from "../../cluster/api-resources.ts";
import { loadKubernetesClient } from "../../cluster/client.ts";
import type { ApiResourceGroup } from "../../naming/rules/rest-mapper.ts";
import { usualResources } from "../../naming/rules/usual-resources.ts";
import { fail, ok, type Result } from "../../result.ts";
import { version } from "../version.ts";

/** The resources that rules are tried with. */
export interface FoundResources {
  readonly groups: readonly ApiResourceGroup[];
  /** Whether they are those of a cluster, or the usual ones. */
  readonly from: "cluster" | "builtIn";
  /** What is to be said of them; absent when all of a cluster's could be read. */
  readonly note?: string;
}

/**
 * Lists the resources of the cluster that a kubeconfig, or the environment as client-go reads it, leads to; the usual ones
 * where there is none, or it does not answer. Fails when a kubeconfig is given and of no use.
 */
export async function findResources(
  kubeconfig: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<FoundResources, string>> {
  const given = kubeconfig === "" ? {} : { kubeconfig };
  const client = loadKubernetesClient({ env, userAgent: `vm-metrics-adapter/${version}`, ...given });
  if (!client.ok) return withoutCluster(kubeconfig, client.error);
  const listed = await listApiResources(client.value, new AbortController().signal);
  if (!listed.ok) {
    return withoutCluster(kubeconfig, `Cannot ask the cluster which resources it has: ${listed.error.detail}`);
  }
  const unread = listed.value.flatMap(({ group, failure }) => (failure === undefined ? [] : [`${group}: ${failure}`]));
  return ok({
    groups: listed.value,
    from: "cluster",
    ...(unread.length === 0 ? {} : { note: `Some of the cluster's resources cannot be read: ${unread.join("; ")}` }),
  });
}

function withoutCluster(kubeconfig: string, problem: string): Result<FoundResources, string> {
  if (kubeconfig !== "") return fail(problem);
  const note = `Resources are taken from a built-in list, not from a cluster. ${problem}`;
  return ok({ groups: usualResources, from: "builtIn", note });
}
