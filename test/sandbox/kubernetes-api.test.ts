import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KubernetesApi, startKubernetesApi } from "../../sandbox/kubernetes-api.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { fieldAt, pathOf } from "../../sandbox/kubernetes-object.ts";
import { customResourceDefinitions } from "../../sandbox/kubevirt/crds.ts";

let api: KubernetesApi;
let client: KubernetesClient;
let agent: Agent;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubernetes-api-"));
  api = await startKubernetesApi({ directory, reviews: { isAllowed: (spec) => spec["user"] === "demo" } });
  client = createKubernetesClient(await readKubeconfig(api.kubeconfig));
  agent = new Agent({ connect: { ca: api.caPem } });
  for (const definition of customResourceDefinitions) {
    await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  }
  await client.create("/api/v1/namespaces", { metadata: { name: "shop" } });
});

afterAll(async () => {
  await client.close();
  await agent.close();
  await api.stop();
  await rm(directory, { recursive: true });
});

const configMaps = pathOf({ group: "", version: "v1", resource: "configmaps" }, { namespace: "shop" });
const pods = pathOf({ group: "", version: "v1", resource: "pods" }, { namespace: "shop" });
const pools = pathOf(
  { group: "pool.kubevirt.io", version: "v1beta1", resource: "virtualmachinepools" },
  { namespace: "shop" },
);

async function get(
  path: string,
  accept = "application/json",
): Promise<{ readonly code: number; readonly body: unknown }> {
  const response = await request(api.url + path, { dispatcher: agent, headers: { accept } });
  return { code: response.statusCode, body: await response.body.json() };
}

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await request(api.url + path, { dispatcher: agent, method: "POST", body: JSON.stringify(body) });
  return response.body.json();
}

/** Reads a watch to its end. */
async function watch(path: string, query: string): Promise<readonly unknown[]> {
  const response = await request(`${api.url}${path}?watch=true&timeoutSeconds=1&${query}`, { dispatcher: agent });
  const lines = (await response.body.text()).split("\n").filter((line) => line !== "");
  return lines.map((line): unknown => JSON.parse(line));
}

function namesOf(list: unknown): unknown {
  const items = fieldAt(list, "items");
  return Array.isArray(items) ? items.map((item) => fieldAt(item, "metadata", "name")) : items;
}

function summary(event: unknown): string {
  return `${String(fieldAt(event, "type"))} ${String(fieldAt(event, "object", "metadata", "name"))}`;
}

describe("startKubernetesApi()", () => {
  test.for([
    ["/api", { kind: "APIVersions", versions: ["v1"] }],
    ["/apis/pool.kubevirt.io", { kind: "APIGroup", preferredVersion: { version: "v1beta1" } }],
    ["/apis/kubevirt.io/v1", { kind: "APIResourceList", groupVersion: "kubevirt.io/v1" }],
    ["/api/v1", { kind: "APIResourceList", groupVersion: "v1" }],
    ["/version", { major: "1" }],
  ] as const)("discovers %s", async ([path, document]) => {
    expect(await get(path)).toMatchObject({ code: 200, body: document });
  });

  test("lists in discovery every version of a definition, with its scale", async () => {
    const { body } = await get("/apis/pool.kubevirt.io/v1alpha1");
    expect(body).toMatchObject({
      resources: [
        { name: "virtualmachinepools", kind: "VirtualMachinePool", namespaced: true },
        { name: "virtualmachinepools/status" },
        { name: "virtualmachinepools/scale" },
      ],
    });
  });

  test("says whom extension servers are to trust", async () => {
    const found = await client.get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication");
    expect(found).toMatchObject({
      ok: true,
      value: { data: { "requestheader-allowed-names": '["front-proxy-client"]' } },
    });
  });

  test.for([
    ["tokenreviews", { token: "demo" }, { authenticated: true, user: { username: "demo" } }],
    ["tokenreviews", { token: "other" }, { authenticated: false }],
  ] as const)("answers %s of %j", async ([review, spec, status]) => {
    expect(await post(`/apis/authentication.k8s.io/v1/${review}`, { spec })).toMatchObject({ status });
  });

  test.for([
    ["demo", true],
    ["eve", false],
  ] as const)("asks the injected function whether %s may: %s", async ([user, allowed]) => {
    const answer = await post("/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec: { user } });
    expect(answer).toMatchObject({ kind: "SubjectAccessReview", status: { allowed } });
  });

  test("creates, patches and deletes, with a new resourceVersion each time", async () => {
    const created = await client.create(configMaps, { metadata: { name: "life" }, data: { a: "1", b: "2" } });
    const patched = await client.mergePatch(`${configMaps}/life`, { data: { a: null, c: "3" } });
    expect(patched).toMatchObject({ ok: true, value: { data: { b: "2", c: "3" } } });
    const versions = [created, patched].map((answer) => (answer.ok ? answer.value.metadata.resourceVersion : ""));
    expect(Number(versions[1])).toBeGreaterThan(Number(versions[0]));
    expect(await client.delete(`${configMaps}/life`)).toMatchObject({ ok: true });
    expect(await client.get(`${configMaps}/life`)).toEqual({
      ok: false,
      error: { code: 404, message: 'configmaps "life" not found' },
    });
  });

  test("makes a name from generateName", async () => {
    const created = await client.create(configMaps, { metadata: { generateName: "word-" } });
    expect(created.ok && created.value.metadata.name).toMatch(/^word-.{5}$/u);
  });

  test.for([
    ["a name that is taken", configMaps, { metadata: { name: "taken" } }, 409, 'configmaps "taken" already exists'],
    [
      "a namespace that is missing",
      configMaps.replace("shop", "none"),
      { metadata: { name: "a" } },
      404,
      'namespaces "none" not found',
    ],
    ["no metadata", configMaps, {}, 422, "metadata: Required value"],
    ["an unknown resource", "/apis/nope/v1/things", {}, 404, "the server could not find the requested resource"],
  ] as const)("refuses a creation with %s", async ([, path, object, code, message]) => {
    await client.create(configMaps, { metadata: { name: "taken" } });
    expect(await client.create(path, object)).toEqual({ ok: false, error: { code, message } });
  });

  test("refuses a replacement of an old version", async () => {
    const created = await client.create(configMaps, { metadata: { name: "stale" } });
    await client.mergePatch(`${configMaps}/stale`, { data: { a: "1" } });
    const replaced = await client.replace(
      `${configMaps}/stale`,
      created.ok ? created.value : { metadata: { name: "" } },
    );
    expect(replaced).toMatchObject({ ok: false, error: { code: 409 } });
  });

  test("writes a status only through its subresource, and counts generations of the spec", async () => {
    await client.create(pools, { metadata: { name: "web" }, spec: { replicas: 1 }, status: { replicas: 9 } });
    const path = `${pools}/web`;
    expect(await client.get(path)).not.toHaveProperty("value.status");
    await client.mergePatch(path, { status: { replicas: 9 }, spec: { replicas: 2 } });
    const patched = await client.mergePatch(`${path}/status`, { status: { replicas: 2 }, spec: { replicas: 7 } });
    expect(patched).toMatchObject({
      ok: true,
      value: { spec: { replicas: 2 }, status: { replicas: 2 }, metadata: { generation: 2 } },
    });
  });

  test("serves an object under every version of its resource", async () => {
    await client.create(pools, { metadata: { name: "versions" } });
    const { body } = await get(`${pools.replace("v1beta1", "v1alpha1")}/versions`);
    expect(body).toMatchObject({ apiVersion: "pool.kubevirt.io/v1alpha1", kind: "VirtualMachinePool" });
  });

  test("puts a pod on a node once", async () => {
    await client.create(pods, { metadata: { name: "bind" }, spec: {} });
    const binding = { target: { kind: "Node", name: "n1" } };
    expect(await client.create(`${pods}/bind/binding`, binding)).toMatchObject({ ok: true });
    expect(await client.get(`${pods}/bind`)).toMatchObject({
      value: { spec: { nodeName: "n1" }, status: { phase: "Pending" } },
    });
    expect(await client.create(`${pods}/bind/binding`, binding)).toMatchObject({ error: { code: 409 } });
  });

  describe("lists", () => {
    const namespace = "lists";
    const path = pathOf({ group: "", version: "v1", resource: "pods" }, { namespace });
    beforeAll(async () => {
      await client.create("/api/v1/namespaces", { metadata: { name: namespace } });
      for (const [name, app, node] of [
        ["a", "web", "n1"],
        ["b", "web", "n2"],
        ["c", "db", "n1"],
      ] as const) {
        await client.create(path, { metadata: { name, labels: { app } }, spec: { nodeName: node } });
      }
    });

    test.for([
      ["", ["a", "b", "c"]],
      ["?labelSelector=app%3Dweb", ["a", "b"]],
      ["?labelSelector=app%20notin%20(web)", ["c"]],
      ["?fieldSelector=metadata.name%3Db", ["b"]],
      ["?fieldSelector=spec.nodeName!%3Dn1", ["b"]],
      ["?labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn1", ["a"]],
    ] as const)("%s selects %j", async ([query, names]) => {
      expect(namesOf((await get(path + query)).body)).toEqual(names);
    });

    test("page by page", async () => {
      const first = (await get(`${path}?limit=2`)).body;
      expect(first).toMatchObject({ kind: "PodList", metadata: { remainingItemCount: 1 } });
      const token = String(fieldAt(first, "metadata", "continue"));
      const second = (await get(`${path}?limit=2&continue=${token}`)).body;
      expect([namesOf(first), namesOf(second), fieldAt(second, "metadata", "continue")]).toEqual([
        ["a", "b"],
        ["c"],
        undefined,
      ]);
    });

    test("only metadata to whom wants no more", async () => {
      const { body } = await get(
        path,
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
      );
      expect(body).toMatchObject({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" });
      const items = fieldAt(body, "items");
      expect(Array.isArray(items) && Object.keys(items[0] as object)).toEqual(["kind", "apiVersion", "metadata"]);
    });

    test("not with a selector that it cannot read", async () => {
      expect(await get(`${path}?labelSelector=app%20in`)).toMatchObject({ code: 400, body: { reason: "BadRequest" } });
    });
  });

  describe("watches", () => {
    test("begin after a version, follow what enters and leaves the selection, and end with a bookmark", async () => {
      const path = `${configMaps}/watched`;
      const created = await client.create(configMaps, { metadata: { name: "watched", labels: { a: "1" } } });
      const version = created.ok ? created.value.metadata.resourceVersion : "";
      const events = watch(configMaps, `resourceVersion=${version}&labelSelector=a%3D1&allowWatchBookmarks=true`);
      await client.mergePatch(path, { data: { x: "y" } });
      await client.mergePatch(path, { metadata: { labels: { a: "2" } } });
      await client.mergePatch(path, { metadata: { labels: { a: "1" } } });
      await client.delete(path);
      expect((await events).map(summary)).toEqual([
        "MODIFIED watched",
        "DELETED watched",
        "ADDED watched",
        "DELETED watched",
        "BOOKMARK undefined",
      ]);
    });

    test("without a version begin with what is there", async () => {
      await client.create(configMaps, { metadata: { name: "initial", labels: { initial: "yes" } } });
      expect((await watch(configMaps, "labelSelector=initial")).map(summary)).toEqual(["ADDED initial"]);
    });

    test("from a version that is forgotten are answered 410", async () => {
      const { body } = await get(configMaps);
      api.compact();
      const old = String(fieldAt(body, "metadata", "resourceVersion"));
      expect(await watch(configMaps, `resourceVersion=${old}`)).toMatchObject([
        { type: "ERROR", object: { code: 410, reason: "Expired" } },
      ]);
    });
  });
});
