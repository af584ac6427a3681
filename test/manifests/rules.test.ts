import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readManifest } from "../../sandbox/manifest.ts";
import { createObjectList } from "../../src/cluster/object-list.ts";
import { ok } from "../../src/result.ts";

const objects = readManifest("rules.yaml");
const [role, binding] = objects;
const account = readManifest("apiservice.yaml").find(({ kind }) => kind === "ServiceAccount");

describe("manifests/rules.yaml", () => {
  test("permits the adapter what prometheus-adapter's role permits, as far as it is used", () => {
    expect(objects.map(({ kind }) => kind)).toEqual(["ClusterRole", "ClusterRoleBinding"]);
    expect(role).toMatchObject({
      rules: [{ apiGroups: [""], resources: ["pods", "services", "nodes", "namespaces"], verbs: ["list"] }],
    });
    expect(binding).toMatchObject({
      roleRef: { kind: "ClusterRole", name: role?.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account?.metadata.name, namespace: account?.metadata.namespace }],
    });
  });

  test("permits what selecting objects asks for: a list, and no watch", async () => {
    const asked: object[] = [];
    const list = createObjectList({
      client: {
        request: ({ method, path, query = {} }) => {
          asked.push({ method, path, isWatch: "watch" in query });
          return Promise.resolve(ok({ status: 200, body: { items: [] } }));
        },
        stream: () => Promise.reject(new Error("a watch")),
      },
      timeoutMs: 1_000,
    });
    await list({ group: "", version: "v1", resource: "services" }, "shop", []);
    expect(asked).toEqual([{ method: "GET", path: "/api/v1/namespaces/shop/services", isWatch: false }]);
  });

  const example = "- apiGroups: [networking.k8s.io]\n  resources: [ingresses]\n  verbs: [list]\n";
  test.for(["manifests/rules.yaml", "docs/migrating-from-prometheus-adapter.md"])("%s shows a further rule", (file) => {
    expect(readFileSync(file, "utf8").replaceAll(/^# {3}/gmu, "")).toContain(example);
  });
});
