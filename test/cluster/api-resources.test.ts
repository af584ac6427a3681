import { describe, expect, test } from "vitest";
import { listApiResources } from "../../src/cluster/api-resources.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { fail, ok } from "../../src/result.ts";

const never = new AbortController().signal;

/** A Kubernetes API that has these documents, and refuses the others. */
function serving(
  documents: Readonly<Record<string, unknown>>,
): KubernetesClient & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    request: ({ path }) => {
      asked.push(path);
      const body = documents[path];
      return Promise.resolve(
        body === undefined ? fail({ kind: "other", detail: "refused" }) : ok({ status: 200, body }),
      );
    },
    stream: () => Promise.reject(new Error("nothing is watched")),
  };
}

const podsV1 = {
  group: "",
  version: "v1",
  resources: [{ name: "pods", singular: "pod", kind: "Pod", namespaced: true }],
};

describe("listApiResources(), aggregated", () => {
  const pod = {
    resource: "pods",
    singularResource: "pod",
    responseKind: { kind: "Pod" },
    scope: "Namespaced",
    subresources: [],
  };
  const node = { resource: "nodes", singularResource: "node", responseKind: { kind: "Node" }, scope: "Cluster" };
  const core = {
    kind: "APIGroupDiscoveryList",
    items: [{ metadata: { name: "" }, versions: [{ version: "v1", resources: [pod, node], freshness: "Current" }] }],
  };
  function groups(...items: readonly unknown[]): object {
    return { kind: "APIGroupDiscoveryList", items };
  }

  test("reads all from two documents", async () => {
    const client = serving({ "/api": core, "/apis": groups() });
    expect(await listApiResources(client, never)).toEqual(
      ok([
        {
          group: "",
          version: "v1",
          resources: [
            { name: "pods", singular: "pod", kind: "Pod", namespaced: true },
            { name: "nodes", singular: "node", kind: "Node", namespaced: false },
          ],
        },
      ]),
    );
    expect(client.asked).toEqual(["/api", "/apis"]);
  });

  test("keeps the order of groups and versions, and leaves groups of metrics out", async () => {
    const names = ["apps", "custom.metrics.k8s.io", "external.metrics.k8s.io", "metrics.k8s.io"];
    const items = names.map((name) => ({ metadata: { name }, versions: [{ version: "v2" }, { version: "v1beta1" }] }));
    const found = await listApiResources(serving({ "/api": core, "/apis": groups(...items) }), never);
    expect(found.ok && found.value.map(({ group, version }) => `${group}/${version}`)).toEqual([
      "/v1",
      "apps/v2",
      "apps/v1beta1",
      "metrics.k8s.io/v2",
      "metrics.k8s.io/v1beta1",
    ]);
  });

  test("says of a version whose server does not answer that it could not be read", async () => {
    const stale = { metadata: { name: "metrics.k8s.io" }, versions: [{ version: "v1beta1", freshness: "Stale" }] };
    const found = await listApiResources(serving({ "/api": core, "/apis": groups(stale) }), never);
    expect(found.ok && found.value[1]).toMatchObject({
      group: "metrics.k8s.io",
      failure: "its server does not answer",
    });
  });
});

describe("listApiResources(), version by version", () => {
  const documents = {
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/api/v1": {
      resources: [
        { name: "pods", singularName: "pod", kind: "Pod", namespaced: true },
        { name: "pods/status", singularName: "", kind: "Pod", namespaced: true },
      ],
    },
    "/apis": {
      kind: "APIGroupList",
      groups: [
        { name: "x.io", versions: [{ version: "v1" }, { version: "v2" }], preferredVersion: { version: "v2" } },
        { name: "custom.metrics.k8s.io", versions: [{ version: "v1beta1" }] },
      ],
    },
    "/apis/x.io/v2": { resources: [{ name: "xs", kind: "X" }] },
  };

  test("asks for each version, the preferred one of a group first", async () => {
    const client = serving({ ...documents, "/apis/x.io/v1": { resources: [] } });
    expect(await listApiResources(client, never)).toEqual(
      ok([
        podsV1,
        { group: "x.io", version: "v2", resources: [{ name: "xs", singular: "", kind: "X", namespaced: false }] },
        { group: "x.io", version: "v1", resources: [] },
      ]),
    );
    expect(client.asked).not.toContain("/apis/custom.metrics.k8s.io/v1beta1");
  });

  test("says of a version that it could not be read", async () => {
    const found = await listApiResources(serving(documents), never);
    expect(found.ok && found.value[2]).toEqual({ group: "x.io", version: "v1", resources: [], failure: "refused" });
  });

  test.for(["/api", "/apis"])("fails without %s", async (path) => {
    const { [path]: _, ...others } = documents as Readonly<Record<string, unknown>>;
    expect(await listApiResources(serving(others), never)).toEqual(fail({ kind: "other", detail: "refused" }));
  });
});
