import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Adapter, startAdapter } from "./adapter.ts";
import { findPrometheus } from "./binaries.ts";
import { clockTime, cores, print, say } from "./console.ts";
import { startKubernetesApi } from "./kubernetes-api.ts";
import { createKubernetesClient, readKubeconfig } from "./kubernetes-client.ts";
import { type Kubevirt, startKubevirt } from "./kubevirt/kubevirt.ts";
import { startPrometheus } from "./prometheus.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/** `make demo`: the adapter on a small world of simulated virtual machines, without a control plane. */

const namespace = "shop";
const pool = "web";
const api = "/apis/custom.metrics.k8s.io/v1beta2";
const poolPath = `${api}/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}`;
const loads = [1.5, 0.6, 2.4];
/** The stand-in takes it for user demo. */
const token = "demo";

await using supervisor = createSupervisor();
await run(supervisor);

async function run(owner: Supervisor): Promise<void> {
  const { adapter, kubevirt } = await startWorld(owner);
  await answered(adapter, `${poolPath}/cpu-usageCores`);

  print("\nThe load of a pool of virtual machines, as an HPA of type Object asks for it:\n");
  await ask(adapter, `${poolPath}/cpu-usageCores`);
  print("The pods of these virtual machines; each speaks for the guest that it runs:\n");
  await ask(adapter, `${api}/namespaces/${namespace}/pods/*/guest-memoryUsedBytes?labelSelector=app%3Dweb`);
  print("A ratio of several virtual machines has no meaning until you say which one you want:\n");
  await ask(adapter, `${poolPath}/cpu-usageRatio`);
  await ask(adapter, `${poolPath}/cpu-usageAverageRatio`);

  if (process.env["ONCE"]) return;
  print(
    "From now on the load changes every 20 s. Ctrl-C ends the demo; ask questions of your own in another terminal.\n",
  );
  for (let round = 0; !owner.signal.aborted; round += 1) {
    if (round % 4 === 0) {
      kubevirt.setPoolLoad(namespace, pool, { totalCores: loads[(round / 4) % loads.length] ?? 1 });
    }
    print(await summaryOf(adapter, kubevirt));
    await delay(5_000, undefined, { signal: owner.signal }).catch(() => undefined);
  }
}

async function startWorld(owner: Supervisor): Promise<{ readonly adapter: Adapter; readonly kubevirt: Kubevirt }> {
  const { signal } = owner;
  const directory = await mkdtemp(join(tmpdir(), "vm-metrics-adapter-demo-"));
  const binaries = await findPrometheus({ env: process.env, report: say, signal });

  const kubernetes = await startKubernetesApi({ directory });
  await owner.own({ [Symbol.asyncDispose]: kubernetes.stop });
  say(`A stand-in Kubernetes API on ${kubernetes.url}`);

  const client = createKubernetesClient(await readKubeconfig(kubernetes.kubeconfig));
  await owner.own({ [Symbol.asyncDispose]: client.close });
  const kubevirt = await startKubevirt({ client, bootMs: 1_000 });
  await owner.own({ [Symbol.asyncDispose]: kubevirt.stop });
  await kubevirt.installCrds();
  await kubevirt.createPool({ namespace, name: pool, replicas: 3, labels: { app: "web" } });
  kubevirt.setPoolLoad(namespace, pool, { totalCores: 1.5, memoryUsedBytesPerVm: 768 * 1024 ** 2 });
  say(`3 simulated virtual machines of VirtualMachinePool ${namespace}/${pool} use 1.5 cores together`);

  const prometheus = await startPrometheus({
    binary: binaries.prometheus,
    directory: join(directory, "prometheus"),
    scrapeConfigs: kubevirt.scrapeConfigs,
    scrapeIntervalMs: 1_000,
    signal,
  });
  await owner.own(prometheus);
  say(`Prometheus ${binaries.version} on ${prometheus.url} scrapes them every second`);

  const adapter = await startAdapter({
    directory: join(directory, "adapter"),
    kubeconfig: kubernetes.kubeconfig,
    prometheusUrl: prometheus.url,
    config: { vms: { window: "10s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
    signal,
  });
  await owner.own(adapter);
  say(`vm-metrics-adapter on ${adapter.url}; its log is ${adapter.logFile}`);
  return { adapter, kubevirt };
}

/** Waits for the first figure: Prometheus needs three scrapes before there is a rate. */
async function answered(adapter: Adapter, path: string): Promise<void> {
  say("Waiting for the first scrapes");
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await adapter.get(path, token)).code === 200) return;
    await delay(500);
  }
  const { body } = await adapter.get(path, token);
  throw new Error(`Cannot show a figure after 30 s: the adapter answers ${body}`);
}

async function ask(adapter: Adapter, path: string): Promise<void> {
  print(`$ curl -sk -H 'Authorization: Bearer ${token}' '${adapter.url}${path}'`);
  const { body } = await adapter.get(path, token);
  print(`${JSON.stringify(JSON.parse(body), null, 2)}\n`);
}

async function summaryOf(adapter: Adapter, kubevirt: Kubevirt): Promise<string> {
  const vms = kubevirt.vms(namespace);
  const total = vms.reduce((sum, { load }) => sum + load.cores, 0);
  const { code, body } = await adapter.get(`${poolPath}/cpu-usageCores`, token);
  const value = /"value":"([^"]*)"/u.exec(body)?.[1];
  const said = code === 200 ? `the adapter says ${value}` : `the adapter answers ${code}`;
  return `${clockTime()}  ${pool}: ${vms.length} VMs use ${cores(total)}; ${said}`;
}
