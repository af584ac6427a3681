import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CertificateObjects, createCertificateObjects } from "../../src/cluster/certificate-objects.ts";
import { at } from "../../src/cluster/json.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { answer, refuse, type ScriptedKubernetes, startScriptedKubernetes } from "../support/scripted-kubernetes.ts";
import { type KubernetesApi, startKubernetesApi } from "../../sandbox/kubernetes-api.ts";
import { clientOf } from "./client-of.ts";

const secretPath = "/api/v1/namespaces/monitoring/secrets/serving";
const apiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/v1.a.io";

function objectsOf(client: KubernetesClient): CertificateObjects {
  return createCertificateObjects({
    client,
    secret: { namespace: "monitoring", name: "serving" },
    apiServices: ["v1.a.io", "v1.b.io"],
  });
}

describe("createCertificateObjects()", () => {
  let kubernetes: KubernetesApi;
  let client: KubernetesClient;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "certificate-objects-"));
    kubernetes = await startKubernetesApi({ directory });
    client = clientOf(kubernetes);
  });
  afterEach(async () => {
    await kubernetes.stop();
    await rm(directory, { recursive: true });
  });

  async function create(path: string, body: object): Promise<void> {
    const made = await client.request({ method: "POST", path, body, timeoutMs: 5_000 });
    expect(made).toMatchObject({ ok: true });
  }
  async function createSecret(type = "Opaque"): Promise<void> {
    await create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
    const metadata = { name: "serving", namespace: "monitoring", annotations: { a: "b" } };
    await create("/api/v1/namespaces/monitoring/secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      type,
    });
  }
  async function createApiService(name: string): Promise<void> {
    const service = { namespace: "monitoring", name: "adapter", port: 443 };
    const spec = { service, insecureSkipTLSVerify: true, groupPriorityMinimum: 100 };
    await create("/apis/apiregistration.k8s.io/v1/apiservices", {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name, annotations: { c: "d" } },
      spec,
    });
  }

  test("reads and replaces the data of the Secret, and leaves the rest", async () => {
    await createSecret();
    const { readSecret } = objectsOf(client);
    const before = await readSecret();
    if (!before.ok) throw new Error(before.error.detail);
    expect(before.value).toMatchObject({ data: {}, annotations: { a: "b" } });
    expect(Math.abs((before.value.readAtMs ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(await before.value.replace({ "ca.crt": "zoë" })).toEqual({ ok: true, value: undefined });
    const raw = await client.request({ method: "GET", path: secretPath, timeoutMs: 5_000 });
    expect(raw).toMatchObject({ value: { body: { type: "Opaque", data: { "ca.crt": "em/Dqw==" } } } });
    expect(await readSecret()).toMatchObject({ value: { data: { "ca.crt": "zoë" }, annotations: { a: "b" } } });
    // Whoever read it before the change is told so.
    expect(await before.value.replace({})).toMatchObject({ ok: false, error: { kind: "conflict" } });
  });

  test.for([
    [{ "ca.crt": "a" }, { "tls.crt": "", "tls.key": "", "ca.crt": "a" }],
    [
      { "tls.crt": "b", "tls.key": "c" },
      { "tls.crt": "b", "tls.key": "c" },
    ],
  ])("a Secret for TLS gets what Kubernetes demands of its kind: %j becomes %j", async ([data, expected]) => {
    await createSecret("kubernetes.io/tls");
    const before = await objectsOf(client).readSecret();
    if (!before.ok || data === undefined) throw new Error("unreachable");
    expect(await before.value.replace(data)).toMatchObject({ ok: true });
    expect(await objectsOf(client).readSecret()).toMatchObject({ value: { data: expected } });
  });

  test("reads the APIServices that exist, and writes a bundle that is verified", async () => {
    await createApiService("v1.a.io");
    const { readApiServices } = objectsOf(client);
    const before = await readApiServices();
    const [found] = before.found;
    expect(before).toMatchObject({
      found: [{ name: "v1.a.io", service: "monitoring/adapter", caBundle: "" }],
      unread: [],
    });
    expect(found?.annotations).toEqual({ c: "d" });
    expect(await found?.replaceBundle("PEM")).toEqual({ ok: true, value: undefined });
    const raw = await client.request({ method: "GET", path: apiServicePath, timeoutMs: 5_000 });
    const spec = {
      caBundle: "UEVN",
      groupPriorityMinimum: 100,
      service: { namespace: "monitoring", name: "adapter", port: 443 },
    };
    expect(raw.ok && at(raw.value.body, "spec")).toEqual(spec);
    expect(await found?.replaceBundle("late")).toMatchObject({ ok: false, error: { kind: "conflict" } });
    expect(await readApiServices()).toMatchObject({ found: [{ caBundle: "PEM" }] });
  });

  test("fails when there is no Secret", async () => {
    expect(await objectsOf(client).readSecret()).toMatchObject({ ok: false, error: { kind: "notFound" } });
  });
});

describe("readApiServices()", () => {
  let kubernetes: ScriptedKubernetes;
  beforeEach(async () => {
    kubernetes = await startScriptedKubernetes();
  });
  afterEach(async () => kubernetes.close());

  const registered = answer({ spec: {} });
  test.for([
    ["one that is not registered is left out", refuse(404), []],
    ["whom one trusts that may not be read is not known", refuse(403), [{ name: "v1.b.io" }]],
    ["without an answer about one nothing is known of it", refuse(500), [{ name: "v1.b.io" }]],
  ] as const)("%s", async ([, second, unread]) => {
    kubernetes.script(`GET ${apiServicePath}`, registered);
    kubernetes.script("GET /apis/apiregistration.k8s.io/v1/apiservices/v1.b.io", second);
    expect(await objectsOf(clientOf(kubernetes)).readApiServices()).toMatchObject({
      found: [{ name: "v1.a.io", service: "" }],
      unread,
    });
  });
});
