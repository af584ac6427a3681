import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Adapter } from "../../sandbox/adapter.ts";
import { objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { fieldAt, type KubernetesObject, textAt } from "../../sandbox/kubernetes-object.ts";
import { readManifest } from "../../sandbox/manifest.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { createAutoscaledPools, isAtWork } from "../support/autoscaled-pools.ts";
import { recordAutoscalers } from "../support/autoscaler-record.ts";
import { startSteadyRequests } from "../support/steady-requests.ts";
import { until } from "../support/until.ts";

/**
 * The manifests as shipped, whose APIServices are verified; two replicas under an autoscaler; an authority that lives for
 * ten minutes, certificates for 30 s, and 5 s until a new authority signs.
 */

const namespace = "shop";
const host = "vm-metrics-adapter.vm-metrics-adapter.svc";
const secretName = "vm-metrics-adapter-serving-certificate";
const secretPath = `/api/v1/namespaces/vm-metrics-adapter/secrets/${secretName}`;
const bundleWriters = "/apis/rbac.authorization.k8s.io/v1/clusterroles/vm-metrics-adapter:ca-bundle";
const garbled = Buffer.from("garbled").toString("base64");
const apiServices = [
  "v1beta1.custom.metrics.k8s.io",
  "v1beta2.custom.metrics.k8s.io",
  "v1beta1.external.metrics.k8s.io",
];
const metricPath = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores`;

let supervisor: Supervisor;
let cluster: Cluster;
let client: KubernetesClient;

beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: { vms: { window: "8s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "1s" } },
    bootMs: 1_000,
    replicas: 2,
    adapterArgs: ["--tls-secret-times=10m,30s,5s,500ms"],
  });
  client = createKubernetesClient(await readKubeconfig(cluster.controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  await createAutoscaledPools({ cluster, client }, [{ namespace, name: "web", metric: objectMetric("web") }]);
  await until(
    // Each replica has its own answers.
    async () => Promise.all(Array.from({ length: 20 }, ask)),
    (failures) => failures.every((failure) => failure === undefined),
    60,
  );
});

afterAll(async () => {
  await supervisor.stop();
});

describe("two replicas that share a certificate", () => {
  test("are verified by the API server, as the manifests are shipped [wire 23]", async () => {
    for (const { spec } of await readApiServices()) {
      expect(fieldAt(spec, "insecureSkipTLSVerify")).toBeUndefined();
      expect(textAt(spec, "caBundle")).not.toBe("");
    }
  });

  test("change authority and certificate without a failed request, and start in the middle of each state [wire 23]", async () => {
    const [first, second] = cluster.adapters as readonly [Adapter, Adapter];
    const before = await readSecret();
    const [bundle] = await readBundles();
    await watch(async () => {
      await first.stop();
      const giveBack = await withholdBundles();
      await tellToRotate();
      await startIn(first, (data) => data["next-ca.crt"] !== undefined); // announced, and not everybody trusts it
      expect((await readBundles())[0]).toBe(bundle);
      expect(troubles(second)).toMatch(/publish: .*apiservices.* is forbidden/u);

      await second.stop();
      await giveBack();
      await until(readSecret, isTrusted, 20);
      await setTrustedSince(Date.now() + 60_000);
      await startIn(second, isTrusted); // trusted by all, and too young to sign
      await setTrustedSince(Date.now());

      await first.stop();
      await startIn(first, (data) => data["former-ca.crt"] === before["ca.crt"]); // it signs, the former one is trusted still

      await second.stop();
      const promoted = (await readSecret())["tls.crt"];
      await startIn(second, (data) => data["tls.crt"] !== promoted); // renewed alone
      await until(readSecret, (data) => data["former-ca.crt"] === undefined, 40);
    });
    const after = await readSecret();
    expect(after["ca.crt"]).not.toBe(before["ca.crt"]);
    expect(await readBundles()).toEqual(apiServices.map(() => after["ca.crt"]));
  });

  test.for([
    ["was emptied", null, ""],
    ["has a garbled authority", { "ca.crt": garbled }, "ca.crt: it is no certificate of an authority"],
    ["has a garbled key", { "tls.key": garbled }, "tls.crt: "],
  ] as const)("heal a Secret that %s, without a failed request [wire 23]", async ([, data, trouble]) => {
    const before = await readSecret();
    await watch(async () => {
      await client.mergePatch(secretPath, { data });
      await until(readSecret, isHealed(before), 20);
      await delay(2_000); // by then both serve it
    });
    // One of them is the first to see it, and may have healed it before the other looks.
    expect(cluster.adapters.map(troubles).join("\n")).toContain(trouble);
  });

  test("say that the Secret is gone, serve on without it, and start when it is back [wire 23]", async () => {
    const [first, second] = cluster.adapters as readonly [Adapter, Adapter];
    const before = await readSecret();
    await watch(async () => {
      await first.stop();
      await client.delete(secretPath);
      const starting = first.restart();
      await until(
        async () => Promise.resolve([first, second].map(troubles)),
        (texts) => texts.every((text) => text.includes(`secrets \\"${secretName}\\" not found`)),
        10,
      );
      await until(
        async () => first.get("/readyz").catch(() => ({ code: 0 })),
        ({ code }) => code === 500,
        10,
      );
      const manifest = readManifest("apiservice.yaml").find(({ kind }) => kind === "Secret");
      await client.create(secretPath.replace(/\/[^/]*$/u, ""), manifest);
      await starting;
    });
    expect(isHealed(before)(await readSecret())).toBe(true);
  });
});

type SecretData = Readonly<Record<string, string>>;

/** Whether there is another certificate than before, and no change is under way. */
function isHealed(before: SecretData): (data: SecretData) => boolean {
  return (data) =>
    data["tls.crt"] !== undefined && data["tls.crt"] !== before["tls.crt"] && data["next-ca.crt"] === undefined;
}

function isTrusted(data: SecretData): boolean {
  return data["next-ca-trusted-since"] !== undefined;
}

/** The next authority signs 5 s later. */
async function setTrustedSince(ms: number): Promise<void> {
  const encoded = Buffer.from(new Date(ms).toISOString()).toString("base64");
  expect((await client.mergePatch(secretPath, { data: { "next-ca-trusted-since": encoded } })).ok).toBe(true);
}

/** Starts a stopped replica when the Secret is in some state; it is still in it when the replica serves. */
async function startIn(adapter: Adapter, isSo: (data: SecretData) => boolean): Promise<void> {
  await until(readSecret, isSo, 40);
  await adapter.restart();
  expect(await readSecret()).toSatisfy(isSo);
}

/** What a replica has to say of the Secret and the APIServices, since its first start. */
function troubles({ logFile }: Adapter): string {
  const lines = readFileSync(logFile, "utf8").split("\n");
  return lines.filter((line) => line.includes("Cannot keep the serving certificate in order")).join("\n");
}

/** Takes the right to write `caBundle` of custom metrics from the replicas; answers how to give it back. */
async function withholdBundles(): Promise<() => Promise<void>> {
  const answer = await client.get(bundleWriters);
  if (!answer.ok) throw new Error(answer.error.message);
  const { rules } = answer.value as { readonly rules?: readonly { readonly verbs: readonly string[] }[] };
  async function write(value: typeof rules): Promise<void> {
    expect((await client.mergePatch(bundleWriters, { rules: value })).ok).toBe(true);
  }
  await write(rules?.map((rule) => ({ ...rule, verbs: ["get"] })));
  return async () => write(rules);
}

/**
 * Asks through the aggregation layer, and shakes hands with each replica as an API server does, while something is done.
 * Fails the test if one of these, or a request of the autoscaler, does.
 */
async function watch(action: () => Promise<void>): Promise<void> {
  const beganMs = Date.now();
  const requests = startSteadyRequests(ask, 10);
  const handshakes = startSteadyRequests(shakeHands, 5);
  const record = await recordAutoscalers(cluster.controlPlane, client, async () => {
    try {
      await action();
    } finally {
      await Promise.all([requests.stop(), handshakes.stop()]);
    }
  });
  const asked = [...requests.asked, ...handshakes.asked];
  const failed = asked.filter(({ failure }) => failure !== undefined);
  const lines = failed.map(({ startedMs, failure }) => `  after ${startedMs - beganMs} ms: ${failure}`);
  say([`${asked.length} requests and handshakes, ${failed.length} failed`, ...lines].join("\n"));
  expect(lines).toEqual([]);
  expect(record.audited.filter(({ code }) => code !== 200)).toEqual([]);
  expect(record.states.filter((state) => !isAtWork(state))).toEqual([]);
  expect(record.complaints).toEqual([]);
}

async function ask(): Promise<string | undefined> {
  const answer = await client.get(metricPath);
  return answer.ok ? undefined : `${answer.error.code ?? "no answer"} ${answer.error.message}`;
}

/** Whether the certificate of a replica that is ready is good for the bundle of an APIService, read just before. */
async function shakeHands(index: number): Promise<string | undefined> {
  const name = apiServices[index % apiServices.length] ?? "";
  const adapter = cluster.adapters[index % cluster.adapters.length] ?? cluster.adapter;
  const { code } = await adapter.get("/readyz").catch(() => ({ code: 0 }));
  if (code !== 200) return undefined;
  const answer = await client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  if (!answer.ok) return answer.error.message;
  const ca = Buffer.from(textAt(answer.value.spec, "caBundle"), "base64").toString();
  return new Promise((resolve) => {
    const { port } = adapter;
    const socket = connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["http/1.1"] }, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // One that is being stopped does not listen.
      resolve(error.code === "ECONNREFUSED" || error.code === "ECONNRESET" ? undefined : `${name}: ${error.message}`);
    });
  });
}

async function tellToRotate(): Promise<void> {
  const now = new Date().toISOString();
  const answer = await client.mergePatch(secretPath, {
    metadata: { annotations: { "vm-metrics-adapter/rotate-after": now } },
  });
  expect(answer.ok).toBe(true);
}

/** What the Secret holds: as digests, since a test that fails shows them. */
async function readSecret(): Promise<SecretData> {
  const answer = await client.get(secretPath);
  if (!answer.ok) throw new Error(answer.error.message);
  const data = Object.entries(fieldAt(answer.value, "data") ?? {});
  return Object.fromEntries(data.map(([key, encoded]) => [key, digest(String(encoded))]));
}

function digest(encoded: string): string {
  return createHash("sha256").update(encoded).digest("hex").slice(0, 8);
}

async function readApiServices(): Promise<readonly KubernetesObject[]> {
  const answers = await Promise.all(
    apiServices.map(async (name) => client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`)),
  );
  return answers.map((answer) => {
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  });
}

/** What each APIService trusts, as the digests of the Secret. */
async function readBundles(): Promise<readonly string[]> {
  return (await readApiServices()).map(({ spec }) => digest(textAt(spec, "caBundle")));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
