import type { ApiResource, ApiResourceGroup } from "../naming/rules/rest-mapper.ts";
import { ok, type Result } from "../result.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asArray, asText, asTexts, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

/** One version of an API group, and whether its resources could be read. */
export interface ListedVersion extends ApiResourceGroup {
  /** Why its resources could not be read; absent when they could. */
  readonly failure?: string;
}

/** Groups that describe metrics: their resources are names of metrics, this server's own among them, and no objects. */
const metricGroups = new Set(["custom.metrics.k8s.io", "external.metrics.k8s.io"]);

const acceptAggregated = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/** For one document, in milliseconds. An aggregated API that hangs holds up the others for so long. */
const timeoutMs = 10_000;

/**
 * Lists what a cluster's API serves in the order in which clients see it: the core group, then the others, of each the
 * preferred version first, subresources left out. Two documents tell all where discovery is aggregated (KEP-3352), else each
 * version is asked for. Fails only when there is no list of groups.
 */
export async function listApiResources(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Result<readonly ListedVersion[], KubernetesFailure>> {
  async function get(path: string): Promise<Result<unknown, KubernetesFailure>> {
    const answer = await client.request({ method: "GET", path, accept: acceptAggregated, timeoutMs, signal });
    return answer.ok ? ok(answer.value.body) : answer;
  }

  const roots = await Promise.all([get("/api"), get("/apis")]);
  const versions: ListedVersion[] = [];
  for (const root of roots) {
    if (!root.ok) return root;
    versions.push(...(isAggregated(root.value) ? readAggregated(root.value) : await readEach(root.value, get)));
  }
  return ok(versions.filter(({ group }) => !metricGroups.has(group)));
}

function isAggregated(document: unknown): boolean {
  return at(document, "kind") === "APIGroupDiscoveryList";
}

function readAggregated(document: unknown): readonly ListedVersion[] {
  return asArray(at(document, "items")).flatMap((item) => {
    const group = asText(at(item, "metadata", "name"));
    return asArray(at(item, "versions")).map((version) => ({
      group,
      version: asText(at(version, "version")),
      resources: asArray(at(version, "resources")).map(fromAggregated),
      ...(at(version, "freshness") === "Stale" ? { failure: "its server does not answer" } : {}),
    }));
  });
}

function fromAggregated(resource: unknown): ApiResource {
  return {
    name: asText(at(resource, "resource")),
    singular: asText(at(resource, "singularResource")),
    kind: asText(at(resource, "responseKind", "kind")),
    namespaced: at(resource, "scope") === "Namespaced",
  };
}

type Get = (path: string) => Promise<Result<unknown, KubernetesFailure>>;

/** `root` is an APIVersions of the core group, or an APIGroupList. */
async function readEach(root: unknown, get: Get): Promise<readonly ListedVersion[]> {
  const core = asTexts(at(root, "versions")).map((version) => ({ group: "", version, path: `/api/${version}` }));
  const others = asArray(at(root, "groups")).flatMap((each) => {
    const group = asText(at(each, "name"));
    return versionsOf(each).map((version) => ({ group, version, path: `/apis/${group}/${version}` }));
  });
  const asked = [...core, ...others].filter(({ group }) => !metricGroups.has(group));
  return Promise.all(
    asked.map(async ({ group, version, path }) => {
      const list = await get(path);
      return list.ok
        ? { group, version, resources: readResourceList(list.value) }
        : { group, version, resources: [], failure: list.error.detail };
    }),
  );
}

function versionsOf(group: unknown): readonly string[] {
  const preferred = asText(at(group, "preferredVersion", "version"));
  const versions = asArray(at(group, "versions")).map((each) => asText(at(each, "version")));
  return versions.includes(preferred) ? [preferred, ...versions.filter((each) => each !== preferred)] : versions;
}

function readResourceList(list: unknown): readonly ApiResource[] {
  return asArray(at(list, "resources"))
    .map((resource) => ({
      name: asText(at(resource, "name")),
      singular: asText(at(resource, "singularName")),
      kind: asText(at(resource, "kind")),
      namespaced: at(resource, "namespaced") === true,
    }))
    .filter(({ name }) => !name.includes("/"));
}
