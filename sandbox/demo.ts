import { setTimeout as delay } from "node:timers/promises";
import { clockTime, cores, print, say } from "./console.ts";
import { type SmallWorld, startSmallWorld } from "./small-world.ts";
import { createSupervisor } from "./supervisor.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** `make demo`: the adapter on a small world of simulated virtual machines, without a control plane. */

const namespace = "shop";
const pool = "web";
const api = "/apis/custom.metrics.k8s.io/v1beta2";
const poolPath = `${api}/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}`;
const loads = [1.5, 0.6, 2.4];
/** The stand-in Kubernetes API takes it for user demo. */
const token = "demo";

await using supervisor = createSupervisor();
const world = await startSmallWorld({
  directory: await temporaryFolder(supervisor),
  supervisor,
  report: say,
  config: { vms: { window: "10s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
});
const { kubevirt } = world;
await kubevirt.createPool({ namespace, name: pool, replicas: 3, labels: { app: "web" } });
kubevirt.setPoolLoad(namespace, pool, { totalCores: 1.5, memoryUsedBytesPerVm: 768 * 1024 ** 2 });
say(`3 simulated virtual machines of VirtualMachinePool ${namespace}/${pool} use 1.5 cores together`);
await firstFigure(world);

print("\nThe load of a pool of virtual machines, as an HPA of type Object asks for it:\n");
await ask(world, `${poolPath}/cpu-usageCores`);
print("The memory that one guest uses, asked of the pod that runs it:\n");
await ask(world, `${api}/namespaces/${namespace}/pods/${kubevirt.vms(namespace)[0]?.pod}/guest-memoryUsedBytes`);
print("A ratio of several virtual machines means nothing until the name says which one is wanted:\n");
await ask(world, `${poolPath}/cpu-usageRatio`);
await ask(world, `${poolPath}/cpu-usageAverageRatio`);

if (!process.env["ONCE"]) {
  print("The load now changes every 20 s. Ask questions of your own in another terminal; Ctrl-C ends the demo.\n");
  for (let round = 0; !supervisor.signal.aborted; round += 1) {
    if (round % 4 === 0) {
      kubevirt.setPoolLoad(namespace, pool, { totalCores: loads[(round / 4) % loads.length] ?? 1 });
    }
    print(await summaryOf(world));
    await delay(5_000, undefined, { signal: supervisor.signal }).catch(() => undefined);
  }
}

/** Prometheus begins to scrape after five seconds, and a rate needs three scrapes. */
async function firstFigure({ adapter }: SmallWorld): Promise<void> {
  say("Waiting for the first scrapes");
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await adapter.get(`${poolPath}/cpu-usageCores`, token)).code === 200) return;
    await delay(500, undefined, { signal: supervisor.signal });
  }
  const { body } = await adapter.get(`${poolPath}/cpu-usageCores`, token);
  throw new Error(`Cannot show a figure after 30 s: the adapter answers ${body}; its log is ${adapter.logFile}`);
}

async function ask({ adapter }: SmallWorld, path: string): Promise<void> {
  print(`$ curl -sk -H 'Authorization: Bearer ${token}' '${adapter.url}${path}'`);
  const { body } = await adapter.get(path, token);
  print(`${JSON.stringify(JSON.parse(body), null, 2)}\n`);
}

async function summaryOf({ adapter }: SmallWorld): Promise<string> {
  const vms = kubevirt.vms(namespace);
  const total = vms.reduce((sum, { load }) => sum + load.cores, 0);
  const { code, body } = await adapter.get(`${poolPath}/cpu-usageCores`, token);
  const value = /"value":"([^"]*)"/u.exec(body)?.[1];
  const said = code === 200 ? `the adapter says ${value}` : `the adapter answers ${code}`;
  return `${clockTime()}  pool ${pool}: ${vms.length} VMs use ${cores(total)}; ${said}`;
}
