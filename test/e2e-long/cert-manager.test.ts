import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCertManager } from "../../sandbox/cert-manager.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { fieldAt, type KubernetesObject, textAt } from "../../sandbox/kubernetes-object.ts";
import { onLoopback, readManifest } from "../../sandbox/manifest.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { type Asked, startSteadyRequests } from "../support/steady-requests.ts";
import { until } from "../support/until.ts";

/**
 * cert-manager and its CA injector take over two replicas that run by themselves, as `manifests/cert-manager.yaml` says, and
 * give them back. Each look at the Secret is a second after the one before, and a new authority of the adapter's own ages
 * for four.
 */

const namespace = "vm-metrics-adapter";
const host = "vm-metrics-adapter.vm-metrics-adapter.svc";
const certificateName = "vm-metrics-adapter-serving-certificate";
const secretPath = `/api/v1/namespaces/${namespace}/secrets/${certificateName}`;
const certificatesPath = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`;
const external = "v1beta1.external.metrics.k8s.io";
const apiServices = ["v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io", external];
const metricPath = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/metrics/cpu-usageCores";

let supervisor: Supervisor;
let cluster: Cluster;
let client: KubernetesClient;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  cluster = await startCluster({
    directory,
    supervisor,
    report: say,
    config: { vms: { window: "8s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "1s" } },
    bootMs: 1_000,
    replicas: 2,
    adapterArgs: ["--tls-secret-times=8760h,720h,4s,1s"],
  });
  const { kubevirt, controlPlane } = cluster;
  client = createKubernetesClient(await readKubeconfig(controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  kubevirt.setPoolLoad("shop", "web", { totalCores: 0.8 });
  await kubevirt.createPool({ namespace: "shop", name: "web", replicas: 2 });
  await untilServed(60);
  const { signal } = supervisor;
  await supervisor.own(await startCertManager({ controlPlane, directory, report: say, signal }));
});

afterAll(async () => {
  await supervisor.stop();
});

describe("cert-manager", () => {
  test("takes over: its certificate is in the Secret, its authority in every bundle, and the API server verifies it [wire 23]", async () => {
    const own = await readSecret();
    const seen = await watch(async () => {
      await takeOver();
      await until(readIssued, (data) => data["ca.crt"] !== own["ca.crt"], 30);
      await untilInOrder();
    });
    expect(seen.filter(hasFailed)).toEqual([]);
    for (const { spec } of await readApiServices()) expect(fieldAt(spec, "insecureSkipTLSVerify")).toBeUndefined();
  });

  test("is left alone: the adapter writes neither the Secret nor a bundle, and a replica that starts serves the same", async () => {
    const before = [await client.get(secretPath), ...(await readApiServices()).map(({ spec }) => spec)];
    await cluster.adapters[1]?.restart();
    await delay(5_000);
    expect([await client.get(secretPath), ...(await readApiServices()).map(({ spec }) => spec)]).toEqual(before);
    expect(await findDisorder()).toEqual([]);
  });

  test("renews the certificate without a failed request [wire 23]", async () => {
    const before = await readSecret();
    const seen = await watch(async () => {
      await renew(certificateName);
      await until(readSecret, (data) => data["tls.crt"] !== before["tls.crt"], 30);
      await untilInOrder();
    });
    expect(seen.filter(hasFailed)).toEqual([]);
    const after = await readSecret();
    expect([after["ca.crt"], after["tls.key"] === before["tls.key"]]).toEqual([before["ca.crt"], false]);
  });

  test("signs with a new authority without a failed request: its injector adds it to what is trusted [wire 23]", async () => {
    const before = await readSecret();
    const seen = await watch(async () => {
      await renew("vm-metrics-adapter-ca");
      await until(readAuthority, (pem) => pem !== before["ca.crt"], 30);
      await renew(certificateName);
      await until(readSecret, (data) => data["ca.crt"] !== before["ca.crt"], 30);
      await untilInOrder();
    });
    expect(seen.filter(hasFailed)).toEqual([]);
  });

  test("writes a Secret that was deleted anew, without a failed request", async () => {
    const seen = await watch(async () => {
      await client.delete(secretPath);
      await until(
        async () => client.get(secretPath),
        (answer) => answer.ok,
        30,
      );
      await untilInOrder();
    });
    expect(seen.filter(hasFailed)).toEqual([]);
  });

  test("hands back to the adapter without a failed request", async () => {
    const before = await readSecret();
    const seen = await watch(async () => {
      await client.delete(`${certificatesPath}/${certificateName}`);
      await apply("apiservice.yaml");
      await annotateExternal("-");
      await until(readSecret, (data) => data["ca.key"] !== undefined && data["ca.crt"] !== before["ca.crt"], 30);
      await untilInOrder();
    });
    expect(seen.filter(hasFailed)).toEqual([]);
  });
});

/** What the manifest and its first lines tell to do. */
async function takeOver(): Promise<void> {
  await apply("cert-manager.yaml");
  await annotateExternal(`=${namespace}/${certificateName}`);
}

async function annotateExternal(value: string): Promise<void> {
  const annotation = `cert-manager.io/inject-ca-from${value}`;
  const { code, stderr } = await cluster.controlPlane.kubectl(["annotate", "apiservice", external, annotation]);
  expect([code, stderr]).toEqual([0, ""]);
}

/** Applies a manifest as it is shipped, but for the Service and its port. */
async function apply(file: string): Promise<void> {
  const [registered] = await readApiServices();
  const port = Number(fieldAt(registered?.spec, "service", "port"));
  const items = onLoopback(readManifest(file), port);
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const { code, stderr } = await cluster.controlPlane.kubectl(["apply", "-f", "-"], list);
  if (code !== 0) throw new Error(`Cannot apply ${file}: ${stderr}`);
}

/** Asks for a new certificate, as `cmctl renew` does. */
async function renew(name: string): Promise<void> {
  const path = `${certificatesPath}/${name}`;
  const certificate = await client.get(path);
  if (!certificate.ok) throw new Error(certificate.error.message);
  const { status } = certificate.value;
  const conditions = (fieldAt(status, "conditions") ?? []) as readonly object[];
  const issuing = {
    type: "Issuing",
    status: "True",
    reason: "ManuallyTriggered",
    message: "Certificate re-issuance manually triggered",
    lastTransitionTime: new Date().toISOString(),
  };
  const asked = { ...certificate.value, status: { ...status, conditions: [...conditions, issuing] } };
  const answer = await client.replace(`${path}/status`, asked);
  if (!answer.ok) throw new Error(answer.error.message);
}

/** Asks through the aggregation layer, and shakes hands with each replica, while something is done. */
async function watch(action: () => Promise<void>): Promise<readonly Asked[]> {
  const requests = startSteadyRequests(ask, 10);
  const handshakes = startSteadyRequests(shakeHands, 5);
  try {
    await action();
  } finally {
    await Promise.all([requests.stop(), handshakes.stop()]);
  }
  const all = [...requests.asked, ...handshakes.asked];
  say(`${all.length} requests and handshakes, ${all.filter(hasFailed).length} failed`);
  return all;
}

async function ask(): Promise<string | undefined> {
  const answer = await client.get(metricPath);
  return answer.ok ? undefined : `${answer.error.code ?? "no answer"} ${answer.error.message}`;
}

async function untilServed(seconds: number): Promise<void> {
  await until(
    // Each replica has its own answers, and so have its connections.
    async () => Promise.all(Array.from({ length: 20 }, ask)),
    (failures) => failures.every((failure) => failure === undefined),
    seconds,
  );
}

/** Whether a replica's certificate is good for the bundle of an APIService, read just before. */
async function shakeHands(index: number): Promise<string | undefined> {
  const name = apiServices[index % apiServices.length] ?? "";
  const answer = await client.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  if (!answer.ok) return answer.error.message;
  const served = await certificateOf(index, decoded(textAt(answer.value.spec, "caBundle")));
  return served instanceof X509Certificate ? undefined : `${name}: ${served}`;
}

/** Waits until everybody knows what the Secret says, and a bit, in which it is to stay so. */
async function untilInOrder(): Promise<void> {
  await until(findDisorder, (disorder) => disorder.length === 0, 30);
  await untilServed(30);
  await delay(2_000);
}

/** Who does not know yet what the Secret says: APIServices that do not trust its authority, replicas with another certificate. */
async function findDisorder(): Promise<readonly string[]> {
  const data = await readSecret();
  const ca = decoded(data["ca.crt"] ?? "");
  const issued = new X509Certificate(decoded(data["tls.crt"] ?? "")).fingerprint256;
  const registered = await readApiServices();
  const served = await Promise.all(cluster.adapters.map(async (_, index) => certificateOf(index, ca)));
  return [
    ...registered
      .filter(({ spec }) => !decoded(textAt(spec, "caBundle")).includes(ca.trim()))
      .map(({ metadata }) => metadata.name),
    ...served.map((each) => (each instanceof X509Certificate ? each.fingerprint256 : each)),
  ].filter((found) => found !== issued);
}

/** The certificate that a replica serves, or why it is not good for an authority. */
async function certificateOf(index: number, ca: string): Promise<X509Certificate | string> {
  const port = cluster.adapters[index % cluster.adapters.length]?.port ?? 0;
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["http/1.1"] }, () => {
      resolve(socket.getPeerX509Certificate() ?? "no certificate");
      socket.destroy();
    });
    socket.on("error", (error: Error) => resolve(error.message));
  });
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}

/** The data of the Secret, as it is encoded there. */
async function readSecret(): Promise<Readonly<Record<string, string>>> {
  const answer = await client.get(secretPath);
  if (!answer.ok) throw new Error(answer.error.message);
  return (fieldAt(answer.value, "data") ?? {}) as Readonly<Record<string, string>>;
}

/** The data of the Secret, and what cert-manager says of its Certificates, for whoever waits in vain. */
async function readIssued(): Promise<Readonly<Record<string, string>>> {
  const certificates = await client.list(certificatesPath);
  const states = certificates.ok ? certificates.value.map(({ status }) => JSON.stringify(status)) : [];
  return { ...(await readSecret()), states: states.join("\n") };
}

/** The authority that cert-manager signs with, as it is encoded. */
async function readAuthority(): Promise<string> {
  const answer = await client.get(`/api/v1/namespaces/${namespace}/secrets/vm-metrics-adapter-ca`);
  return answer.ok ? textAt(answer.value, "data", "ca.crt") : "";
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

function hasFailed({ failure }: Asked): boolean {
  return failure !== undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
