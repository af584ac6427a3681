import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { type ClusterInventory, createInventory } from "../../src/cluster/inventory.ts";
import { ok } from "../../src/result.ts";
import { clientOf } from "../cluster/client-of.ts";
import { askApi } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { providerOn } from "../support/provider.ts";
import {
  answer,
  breakConnection,
  heldBy,
  listOf,
  refuse,
  type ScriptedKubernetes,
  startScriptedKubernetes,
  stayAway,
  type Step,
  watchOf,
} from "../support/scripted-kubernetes.ts";
import { type ScriptedPrometheus, startScriptedPrometheus } from "../support/scripted-prometheus.ts";
import { authority, validity } from "../support/test-pki.ts";

/** What is answered while the Kubernetes API is not what it should be: the tables of docs/outages.md. */

const quoted = {
  pending: "the first answer of the Kubernetes API has not come yet",
  forbidden: "forbidden; allow the adapter's ServiceAccount the verbs list and watch on it in a ClusterRole",
  absent: "KubeVirt's VirtualMachinePool is not installed in this cluster",
} as const;
const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const asked = {
  pod: `${custom}/namespaces/shop/pods/launcher/cpu-usageCores`,
  pods: `${custom}/namespaces/shop/pods/*/cpu-usageCores`,
  selected: `${custom}/namespaces/shop/pods/*/cpu-usageCores?labelSelector=app%3Dnone`,
  pool: `${custom}/namespaces/shop/virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores`,
  node: `${custom}/nodes/*/cpu-usageCores`,
  namespace: `${custom}/namespaces/shop/metrics/cpu-usageCores`,
  external: "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/cpu-usagecores",
} as const;
/** None of these may ever depend on who or what is down. */
const always = ["/apis", "/apis/custom.metrics.k8s.io", custom, "/openapi/v2", "/openapi/v3", "/version", "/livez"];

const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
const owned = { uid: "vmi-web-0", name: "web-0", controller: true };
/** A pool of one virtual machine. */
const objects: Readonly<Record<string, readonly object[]>> = {
  "/apis/kubevirt.io/v1/virtualmachineinstances": [
    {
      metadata: { ...named("web-0", "vmi-web-0"), creationTimestamp: hourAgo, ownerReferences: [owner("vm-web-0")] },
      status: {
        phase: "Running",
        nodeName: "n1",
        phaseTransitionTimestamps: [{ phase: "Running", phaseTransitionTimestamp: hourAgo }],
        activePods: { "pod-1": "n1" },
      },
    },
  ],
  "/apis/kubevirt.io/v1/virtualmachines": [
    { metadata: { ...named("web-0", "vm-web-0"), ownerReferences: [owner("pool-web")] } },
  ],
  "/apis/pool.kubevirt.io/v1beta1/virtualmachinepools": [{ metadata: named("web", "pool-web") }],
  "/apis/kubevirt.io/v1/virtualmachineinstancereplicasets": [],
  "/api/v1/pods": [
    {
      metadata: { ...named("launcher", "pod-1"), ownerReferences: [owned] },
      spec: { nodeName: "n1" },
      status: { phase: "Running" },
    },
  ],
  "/api/v1/namespaces": [{ metadata: { name: "shop", uid: "ns-shop" } }],
  "/api/v1/nodes": [{ metadata: { name: "n1", uid: "node-1" } }],
};
const kinds = Object.keys(objects);
const poolGroup = "GET /apis/pool.kubevirt.io";

function named(name: string, uid: string): object {
  return { namespace: "shop", name, uid, labels: { app: "web" } };
}

function owner(uid: string): object {
  return { uid, name: "any", controller: true };
}

let keyPair: KeyPair;
let prometheus: ScriptedPrometheus;
let kubernetes: ScriptedKubernetes;
let cluster: ClusterInventory;
let serving: Serving;
let stop: AbortController;
/** By how much the adapter's clock is ahead. */
let aheadMs: number;

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
  prometheus = await startScriptedPrometheus([{ namespace: "shop", name: "web-0" }]);
});

afterAll(async () => {
  await prometheus[Symbol.asyncDispose]();
});

beforeEach(async () => {
  aheadMs = 0;
  stop = new AbortController();
  kubernetes = await startScriptedKubernetes();
  kubernetes.script(poolGroup, answer({ preferredVersion: { version: "v1beta1" } }));
  for (const path of kinds) {
    kubernetes.script(`GET ${path}`, listOf(objects[path] ?? [], "5"));
    kubernetes.script(`WATCH ${path}`, watchOf([]));
  }
});

afterEach(async () => {
  stop.abort();
  await serving.server.stop();
  await kubernetes.close();
});

/** Starts the adapter on what the Kubernetes API is scripted to say. */
async function start(): Promise<void> {
  cluster = createInventory({
    client: clientOf(kubernetes),
    clock: {
      nowMs: () => performance.now() + aheadMs,
      random: () => 0,
      sleep: async (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    },
    settleMs: 50,
    timing: { backoff: { initialMs: 10, maxMs: 10 }, absentRetryMs: 10 },
  });
  serving = await startApiServer({
    provider: providerOn(prometheus.url, cluster.inventory),
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair,
    groups: [customMetrics, externalMetrics],
    ready: [
      { name: "objects", problem: () => (cluster.firstListsDone() ? undefined : "the first lists are on their way") },
    ],
  });
  void cluster.start(stop.signal);
}

async function startSynced(): Promise<void> {
  await start();
  await expect.poll(() => cluster.kinds().every(({ state }) => state === "synced")).toBe(true);
}

function scriptAll(...steps: readonly Step[]): void {
  kubernetes.script(poolGroup, ...steps);
  for (const path of kinds) kubernetes.script(`GET ${path}`, ...steps);
}

interface Heard {
  readonly code: number;
  readonly text: string;
}

async function ask(path: string): Promise<Heard> {
  const { code, text } = await askApi(serving.port, path, { headers: ["Authorization", "Bearer good"] });
  return { code, text };
}

function valuesIn({ code, text }: Heard): readonly unknown[] | string {
  if (code !== 200) return text;
  return (JSON.parse(text) as { items: readonly { value: string }[] }).items.map(({ value }) => value);
}

function messageIn({ text }: Heard): string {
  const { message } = JSON.parse(text) as { message: string };
  return message;
}

/** The message of a refusal; whatever else is answered stands there instead. */
async function refusalOf(path: string): Promise<string> {
  const { code, text } = await ask(path);
  const { kind, reason, message } = JSON.parse(text) as { kind: string; reason: string; message: string };
  return code === 503 && kind === "Status" && reason === "ServiceUnavailable" ? message : `${code}: ${text}`;
}

async function isServed(): Promise<void> {
  for (const path of always) expect([path, (await ask(path)).code]).toEqual([path, 200]);
}

const everyForm = Object.entries(asked);

describe("before the first list", () => {
  test.for(everyForm)("%s: 503 that says what is not known yet, and no empty list [wire 9]", async ([, path]) => {
    scriptAll(stayAway());
    await start();
    expect(await refusalOf(path)).toContain(quoted.pending);
  });

  test("names the kind that is not known, not the one that was asked for [wire 9]", async () => {
    kubernetes.script("GET /apis/kubevirt.io/v1/virtualmachineinstances", stayAway());
    await start();
    expect(await refusalOf(asked.node)).toContain(
      'Cannot list "virtualmachineinstances.kubevirt.io": the first answer',
    );
  });

  test("discovery, OpenAPI and liveness are served, and readiness waits [wire 1] [wire 18]", async () => {
    scriptAll(stayAway());
    await start();
    await isServed();
    const { code, text } = await ask("/readyz");
    expect([code, text]).toEqual([500, expect.stringContaining("[-]objects failed")]);
  });

  test("a list that is slow is waited for", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    kubernetes.script("GET /api/v1/pods", heldBy(promise, listOf(objects["/api/v1/pods"] ?? [], "5")));
    await start();
    const answered = ask(asked.pods);
    await expect.poll(() => kubernetes.of("GET /api/v1/pods").length).toBe(1);
    resolve();
    expect(valuesIn(await answered)).toEqual(["1500m"]);
  });

  test("a list of which a page is missing is no list [wire 9]", async () => {
    const first = { metadata: { resourceVersion: "5", continue: "more" }, items: objects["/api/v1/pods"] };
    kubernetes.script("GET /api/v1/pods", answer(first), stayAway());
    await start();
    expect(await refusalOf(asked.pods)).toContain(quoted.pending);
  });
});

describe("when the first list fails", () => {
  test.for(everyForm)("%s: 503 while the connection breaks, and no empty list [wire 9]", async ([, path]) => {
    scriptAll(breakConnection());
    await start();
    await expect.poll(() => cluster.firstListsDone()).toBe(true);
    expect((await ask(path)).code).toBe(503);
    expect(await ask(path)).toMatchObject({ text: expect.stringContaining("Cannot list") as unknown });
  });

  test("readiness does not wait for what may never come, and discovery is served [wire 1] [wire 18]", async () => {
    scriptAll(breakConnection());
    await start();
    await expect.poll(async () => (await ask("/readyz")).code).toBe(200);
    await isServed();
  });

  test("a ServiceAccount without rights is told which it needs; other kinds are served", async () => {
    kubernetes.script("GET /apis/pool.kubevirt.io/v1beta1/virtualmachinepools", refuse(403));
    await start();
    await expect.poll(() => cluster.firstListsDone()).toBe(true);
    expect(await refusalOf(asked.pool)).toContain(quoted.forbidden);
    expect(valuesIn(await ask(asked.pod))).toEqual(["1500m"]);
  });

  test("a kind that is not installed is said to be so; other kinds are served", async () => {
    kubernetes.script("GET /apis/pool.kubevirt.io/v1beta1/virtualmachinepools", refuse(404));
    await start();
    await expect.poll(() => cluster.firstListsDone()).toBe(true);
    expect(await refusalOf(asked.pool)).toContain(quoted.absent);
    expect(valuesIn(await ask(asked.pod))).toEqual(["1500m"]);
  });

  test("what comes back is served without a restart", async () => {
    scriptAll(breakConnection());
    await start();
    await expect.poll(() => cluster.firstListsDone()).toBe(true);
    kubernetes.script(poolGroup, answer({ preferredVersion: { version: "v1beta1" } }));
    for (const path of kinds) kubernetes.script(`GET ${path}`, listOf(objects[path] ?? [], "5"));
    await expect.poll(async () => valuesIn(await ask(asked.pool))).toEqual(["1500m"]);
  });
});

describe("when contact is lost", () => {
  async function lose(): Promise<void> {
    scriptAll(breakConnection());
    for (const path of kinds) kubernetes.script(`WATCH ${path}`, breakConnection());
    await expect.poll(() => cluster.kinds().every(({ state }) => state === "failing")).toBe(true);
  }

  beforeEach(async () => {
    // A watch that ends at once is opened again, and finds that contact is lost.
    for (const path of kinds) kubernetes.script(`WATCH ${path}`, watchOf([], "end"));
    await startSynced();
    await lose();
  });

  test("objects count as they were for five minutes", async () => {
    aheadMs = 299_000;
    for (const [form, path] of everyForm) {
      const expected = form === "selected" ? [] : ["1500m"];
      expect([form, valuesIn(await ask(path))]).toEqual([form, expected]);
    }
  });

  test.for(everyForm)("%s: 503 after that, and no empty list [wire 9]", async ([, path]) => {
    aheadMs = 310_000;
    expect((await ask(path)).code).toBe(503);
  });

  test("readiness and discovery stay: another replica would know no more [wire 1] [wire 18]", async () => {
    aheadMs = 310_000;
    expect((await ask("/readyz")).code).toBe(200);
    await isServed();
  });
});

describe("when a watch has expired", () => {
  const gone = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } };

  test("objects count as they were until the new list is whole, and then as it says", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const pods = objects["/api/v1/pods"] ?? [];
    kubernetes.script("GET /api/v1/pods", listOf(pods, "5"), heldBy(promise, listOf([], "9")));
    kubernetes.script("WATCH /api/v1/pods", watchOf([gone], "end"), watchOf([]));
    await start();
    await expect.poll(() => kubernetes.of("GET /api/v1/pods").length).toBe(2);
    expect(valuesIn(await ask(asked.pods))).toEqual(["1500m"]);
    resolve();
    await expect.poll(async () => valuesIn(await ask(asked.pods))).toEqual([]);
  });
});

describe("when Prometheus is down, too", () => {
  test("the missing objects are what is told, and the backend is not asked", async () => {
    scriptAll(stayAway());
    await start();
    const before = prometheus.questions();
    expect(await refusalOf(asked.pods)).toContain(quoted.pending);
    expect(prometheus.questions()).toBe(before);
  });

  test("alone it is 503, and discovery, health and readiness stay [wire 1] [wire 18]", async () => {
    prometheus.become(() => undefined);
    await startSynced();
    const heard = await ask(asked.pod);
    expect([heard.code, messageIn(heard)]).toEqual([503, expect.stringContaining("Prometheus cannot be reached")]);
    expect((await ask("/readyz")).code).toBe(200);
    await isServed();
    prometheus.become((good) => good);
  });
});
