import { connect } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAuditLog } from "../../sandbox/audit-log.ts";
import { autoscaler, objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { fieldAt, textAt } from "../../sandbox/kubernetes-object.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { autoscalerStates } from "../support/autoscaler.ts";
import { type Asked, startSteadyRequests } from "../support/steady-requests.ts";
import { until } from "../support/until.ts";

/**
 * The manifests as shipped, whose APIServices are verified; two replicas under an autoscaler; an authority that lives for
 * ten minutes, certificates for 20 s, and 4 s until a new authority signs.
 */

const namespace = "shop";
const host = "vm-metrics-adapter.vm-metrics-adapter.svc";
const secretPath = "/api/v1/namespaces/vm-metrics-adapter/secrets/vm-metrics-adapter-serving-certificate";
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
    adapterArgs: ["--tls-secret-times=10m,20s,4s,500ms"],
  });
  const { kubevirt, controlPlane } = cluster;
  client = createKubernetesClient(await readKubeconfig(controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  kubevirt.setPoolLoad(namespace, "web", { totalCores: 0.8 });
  await kubevirt.createPool({ namespace, name: "web", replicas: 2 });
  await until(
    // Each replica has its own answers.
    async () => Promise.all(Array.from({ length: 20 }, ask)),
    (failures) => failures.every((failure) => failure === undefined),
    60,
  );
  const object = autoscaler(namespace, "web", objectMetric("web"), { min: 1, max: 4 });
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
  await until(
    async () => autoscalerStates(controlPlane),
    (states) => states.length === 1 && states.every(({ scalingActive }) => scalingActive === "True"),
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
    const [first, second] = cluster.adapters;
    const before = await readSecret();
    const seen = await watch(async () => {
      await tellToRotate();
      await until(readSecret, (data) => data["next-ca-trusted-since"] !== undefined, 10);
      await first?.restart(); // the next authority is trusted and young
      await until(readSecret, (data) => data["former-ca.crt"] === before["ca.crt"], 10);
      await second?.restart(); // it signs, and the former one is trusted still
      const promoted = await readSecret();
      await until(readSecret, (data) => data["tls.crt"] !== promoted["tls.crt"], 35); // renewed alone
      await first?.restart();
      await until(readSecret, (data) => data["former-ca.crt"] === undefined, 35);
    });
    const after = await readSecret();
    expect(seen.filter(hasFailed)).toEqual([]);
    expect(seen.length).toBeGreaterThan(200);
    expect(after["ca.crt"]).not.toBe(before["ca.crt"]);
    for (const { spec } of await readApiServices()) expect(textAt(spec, "caBundle")).toBe(after["ca.crt"]);
  });

  test("heal a Secret that was emptied, without a failed request", async () => {
    const before = await readSecret();
    const seen = await watch(async () => {
      await client.mergePatch(secretPath, { data: null });
      await until(readSecret, (data) => data["tls.crt"] !== undefined, 20);
      await delay(2_000);
    });
    expect(seen.filter(hasFailed)).toEqual([]);
    expect((await readSecret())["ca.crt"]).not.toBe(before["ca.crt"]);
  });
});

/** Asks through the aggregation layer, and shakes hands with each replica as an API server does, while something is done. */
async function watch(action: () => Promise<void>): Promise<readonly Asked[]> {
  const before = readAuditLog(cluster.controlPlane.auditLog).length;
  const beganMs = Date.now();
  const requests = startSteadyRequests(ask, 10);
  const handshakes = startSteadyRequests(shakeHands, 5);
  try {
    await action();
  } finally {
    await Promise.all([requests.stop(), handshakes.stop()]);
  }
  const audited = readAuditLog(cluster.controlPlane.auditLog)
    .slice(before)
    .map(({ uri, code, receivedMs, durationMs }) => ({
      startedMs: receivedMs,
      durationMs,
      failure: code === 200 ? undefined : `${uri}: ${code}`,
    }));
  const all = [...requests.asked, ...handshakes.asked, ...audited];
  const failed = all.filter(hasFailed).map(({ startedMs, failure }) => `  after ${startedMs - beganMs} ms: ${failure}`);
  say([`${all.length} requests and handshakes, ${failed.length} failed`, ...failed].join("\n"));
  return all;
}

async function ask(): Promise<string | undefined> {
  const answer = await client.get(metricPath);
  return answer.ok ? undefined : `${answer.error.code ?? "no answer"} ${answer.error.message}`;
}

/** Whether a replica's certificate is good for the bundle of an APIService, read just before. */
async function shakeHands(index: number): Promise<string | undefined> {
  const name = apiServices[index % apiServices.length] ?? "";
  const port = cluster.adapters[index % cluster.adapters.length]?.port ?? 0;
  const answer = await client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  if (!answer.ok) return answer.error.message;
  const ca = Buffer.from(textAt(answer.value.spec, "caBundle"), "base64").toString();
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["http/1.1"] }, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // One that is being restarted does not listen.
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

/** The data of the Secret, as it is encoded there. */
async function readSecret(): Promise<Readonly<Record<string, string>>> {
  const answer = await client.get(secretPath);
  if (!answer.ok) throw new Error(answer.error.message);
  return (fieldAt(answer.value, "data") ?? {}) as Readonly<Record<string, string>>;
}

async function readApiServices() {
  const answers = await Promise.all(
    apiServices.map(async (name) => client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`)),
  );
  return answers.map((answer) => {
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  });
}

function hasFailed({ failure }: Asked): boolean {
  return failure !== undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
