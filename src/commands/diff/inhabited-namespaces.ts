import { listApiResources } from "../../cluster/api-resources.ts";
import { asArray, asText, at } from "../../cluster/json.ts";
import type { KubernetesClient } from "../../cluster/kubernetes-client.ts";
import { parseGroupResource } from "../../naming/group-resource.ts";
import { createRestMapper, type MappedResource } from "../../naming/rules/rest-mapper.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { NamespacesOf } from "./discovered-questions.ts";

const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const [pageSize, timeoutMs] = ["500", 30_000];

/**
 * Finds out in which namespaces objects live, so that nothing is asked where nobody is. Where that cannot be told of a
 * resource, all namespaces are asked about. Fails when the cluster does not list its namespaces.
 */
export async function findInhabited(client: KubernetesClient): Promise<Result<NamespacesOf, string>> {
  const groups = await listApiResources(client, new AbortController().signal);
  if (!groups.ok) return fail(`Cannot ask the cluster which resources it has: ${groups.error.detail}`);
  const mapper = createRestMapper(groups.value);
  const all = await namesOf(client, "/api/v1/namespaces", "name");
  if (!all.ok) return fail(`Cannot list the namespaces: ${all.error}; name them with --namespace`);
  const known = new Map<string, Promise<readonly string[]>>([["namespaces", Promise.resolve(all.value)]]);

  async function find(resource: string): Promise<readonly string[]> {
    const mapped = mapper.firstResourceFor(parseGroupResource(resource));
    // Objects of the whole cluster are asked for through any namespace.
    if (mapped === undefined || !mapped.namespaced || !all.ok) return all.ok ? all.value : [];
    const inhabited = await namesOf(client, pathOf(mapped), "namespace");
    return inhabited.ok ? inhabited.value : all.value;
  }
  return ok(async (resource) => {
    const found = known.get(resource) ?? find(resource);
    known.set(resource, found);
    return found;
  });
}

function pathOf({ group, version, resource }: MappedResource): string {
  return group === "" ? `/api/${version}/${resource}` : `/apis/${group}/${version}/${resource}`;
}

/** A field of the metadata of all objects of a list, each value once, sorted. */
async function namesOf(
  client: KubernetesClient,
  path: string,
  field: "name" | "namespace",
): Promise<Result<readonly string[], string>> {
  const names = new Set<string>();
  let token = "";
  do {
    const query = { limit: pageSize, ...(token === "" ? {} : { continue: token }) };
    const answer = await client.request({ method: "GET", path, query, accept, timeoutMs });
    if (!answer.ok) return fail(answer.error.detail);
    for (const item of asArray(at(answer.value.body, "items"))) names.add(asText(at(item, "metadata", field)));
    token = asText(at(answer.value.body, "metadata", "continue"));
  } while (token !== "");
  return ok([...names].toSorted());
}
