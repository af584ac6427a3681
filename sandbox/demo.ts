import { setTimeout as delay } from "node:timers/promises";
import { clockTime, cores, print, say } from "./console.ts";
import { demoConfig } from "./demo-config.ts";
import { run } from "./run.ts";
import { type SmallWorld, startSmallWorld } from "./small-world.ts";
import type { Supervisor } from "./supervisor.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** `make demo`: the adapter on a small world of simulated virtual machines, without a control plane. */

const namespace = "shop";
const pool = "web";
const api = "/apis/custom.metrics.k8s.io/v1beta2";
const poolPath = `${api}/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}`;
const machinesPath = `${api}/namespaces/${namespace}/virtualmachines.kubevirt.io/*`;
const replicas = 3;
const loads = [1.5, 0.6, 2.4];
/** The stand-in Kubernetes API takes it for user demo. */
const token = "demo";

await run(async (supervisor) => {
  const world = await startWorld(supervisor);
  print("\nThe load of a pool of virtual machines, as an HPA of type Object asks for it:\n");
  await ask(world, `${poolPath}/cpu-usageCores`);
  print("The memory that one guest uses, asked of the pod that runs it:\n");
  const pod = world.kubevirt.vms(namespace)[0]?.pod ?? "";
  await ask(world, `${api}/namespaces/${namespace}/pods/${pod}/guest-memoryUsedBytes`);
  print("A ratio of several virtual machines means nothing until the name says which one is wanted:\n");
  await ask(world, `${poolPath}/cpu-usageRatio`);
  await ask(world, `${poolPath}/cpu-usageAverageRatio`);
  if (!process.env["ONCE"]) await changeLoads(world, supervisor.signal);
});

async function startWorld(supervisor: Supervisor): Promise<SmallWorld> {
  const world = await startSmallWorld({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: await demoConfig(process.env["CONFIG"]),
  });
  await world.kubevirt.createPool({ namespace, name: pool, replicas, labels: { app: "web" } });
  world.kubevirt.setPoolLoad(namespace, pool, { totalCores: loads[0] ?? 1, memoryUsedBytesPerVm: 768 * 1024 ** 2 });
  say(`${replicas} simulated virtual machines of VirtualMachinePool ${namespace}/${pool} use 1.5 cores together`);
  await firstFigures(world, supervisor.signal);
  return world;
}

/**
 * Prometheus begins to scrape after five seconds, and a rate needs some scrapes. Nodes are scraped one after the other, so
 * the first sum is one of those machines that have a rate already.
 */
async function firstFigures({ adapter }: SmallWorld, signal: AbortSignal): Promise<void> {
  say("Waiting for the first scrapes, about 10 s");
  for (let tries = 0; tries < 60; tries += 1) {
    const { body } = await adapter.get(`${machinesPath}/cpu-usageCores`, token);
    if ((body.match(/"describedObject"/gu) ?? []).length === replicas) return;
    await delay(500, undefined, { signal });
  }
  const { body } = await adapter.get(`${poolPath}/cpu-usageCores`, token);
  throw new Error(`Cannot show a figure after 30 s: the adapter answers ${body}`);
}

async function ask({ adapter }: SmallWorld, path: string): Promise<void> {
  print(`$ curl -sk -H 'Authorization: Bearer ${token}' '${adapter.url}${path}'`);
  const { body } = await adapter.get(path, token);
  print(`${JSON.stringify(JSON.parse(body), null, 2)}\n`);
}

async function changeLoads(world: SmallWorld, signal: AbortSignal): Promise<void> {
  print("The load now changes every 20 s. Ask questions of your own in another terminal; Ctrl-C ends the demo.\n");
  for (let round = 0; !signal.aborted; round += 1) {
    if (round % 4 === 0) {
      world.kubevirt.setPoolLoad(namespace, pool, { totalCores: loads[(round / 4) % loads.length] ?? 1 });
    }
    print(await summaryOf(world));
    await delay(5_000, undefined, { signal });
  }
}

async function summaryOf({ adapter, kubevirt }: SmallWorld): Promise<string> {
  const vms = kubevirt.vms(namespace);
  const total = vms.reduce((sum, { load }) => sum + load.cores, 0);
  const { code, body } = await adapter.get(`${poolPath}/cpu-usageCores`, token);
  const [, value] = /"(?:value|message)":"([^"]*)"/u.exec(body) ?? [];
  const said = code === 200 ? `the adapter says ${value}` : `the adapter answers ${code}: ${value}`;
  return `${clockTime()}  pool ${pool}: ${vms.length} VMs use ${cores(total)}; ${said}`;
}
