import { apiVersionOf, type JsonObject } from "../kubernetes-object.ts";
import type { ServedResource } from "./resources.ts";

/**
 * Answers a discovery path, or undefined for any other path.
 *
 *     /api  /apis  /api/v1  /apis/{group}  /apis/{group}/{version}  /version
 */
export function discoveryDocument(path: string, resources: readonly ServedResource[]): JsonObject | undefined {
  const [root, group, version, ...rest] = path.split("/").slice(1);
  if (rest.length > 0) return undefined;
  if (path === "/version") return { major: "1", minor: "36", gitVersion: "v1.36.3", platform: "sandbox" };
  if (path === "/api") return { kind: "APIVersions", apiVersion: "v1", versions: ["v1"] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(resources).map(bare) };
  if (root === "api" && group !== undefined && version === undefined) return resourceList("", group, resources);
  if (root !== "apis" || group === undefined) return undefined;
  return version === undefined
    ? groupsOf(resources).find(({ name }) => name === group)
    : resourceList(group, version, resources);
}

type Group = JsonObject & { readonly name: string };

function groupsOf(resources: readonly ServedResource[]): readonly Group[] {
  const byGroup = Map.groupBy(
    resources.filter(({ group }) => group !== ""),
    ({ group }) => group,
  );
  return [...byGroup].map(([name, members]) => {
    const versions = [...new Set(members.map(({ version }) => version))].toSorted(byStability).map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { kind: "APIGroup", apiVersion: "v1", name, versions, preferredVersion: versions[0] };
  });
}

/** Groups inside the list do not repeat kind and apiVersion. */
function bare({ name, versions, preferredVersion }: Group): JsonObject {
  return { name, versions, preferredVersion };
}

/** Stable versions come before beta, beta before alpha, as Kubernetes orders versions. */
function byStability(a: string, b: string): number {
  function rank(version: string): number {
    return version.includes("alpha") ? 2 : version.includes("beta") ? 1 : 0;
  }
  return rank(a) - rank(b) || b.localeCompare(a, "en", { numeric: true });
}

function resourceList(group: string, version: string, resources: readonly ServedResource[]): JsonObject | undefined {
  const members = resources.filter((resource) => resource.group === group && resource.version === version);
  if (members.length === 0) return undefined;
  const groupVersion = apiVersionOf({ group, version, resource: "" });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: members.flatMap(entriesOf) };
}

function entriesOf({ resource, kind, namespaced, subresources }: ServedResource): readonly JsonObject[] {
  const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
  return [
    { name: resource, singularName: kind.toLowerCase(), namespaced, kind, verbs },
    ...subresources.map((name) => ({
      name: `${resource}/${name}`,
      singularName: "",
      namespaced,
      kind,
      verbs: ["get", "patch", "update"],
    })),
  ];
}
