import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadKubernetesClient } from "../src/cluster/client.ts";
import type { Clock } from "../src/cluster/clock.ts";
import { createInventory } from "../src/cluster/inventory.ts";
import type { KubernetesClient } from "../src/cluster/kubernetes-client.ts";
import type { Inventory, ObjectLookup } from "../src/vm/objects.ts";

/*
 * What it costs to know the objects of a large cluster. `make bench-objects` gives the process the heap that Node takes in
 * the container of manifests/apiservice.yaml: half of its memory limit of 512 MiB.
 */

/** What a step cost. */
interface Cost {
  readonly step: string;
  /** How many objects it brought. */
  readonly objects: number;
  readonly ms: number;
  /** The longest time in which nothing else could run, and how much the thread computed at most in such a time. */
  readonly stallMs: number;
  readonly cpuMs: number;
  /** Kept when the step is over, in MiB. */
  readonly heap: number;
  readonly resident: number;
}

const clock: Clock = {
  nowMs: () => performance.now(),
  random: Math.random,
  sleep: async (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

const api = fork(new URL("objects-api.ts", import.meta.url), { execArgv: [] });
const directory = await mkdtemp(join(tmpdir(), "bench-objects-"));
const stop = new AbortController();
/** The last one of 20,000. */
const lastInstance = "web-000000019999";
api.once("exit", (code) => {
  if (!stop.signal.aborted) throw new Error(`The scripted API ended with ${String(code)}`);
});
try {
  const [url] = (await once(api, "message")) as [string];
  print(await run(await clientOf(url, directory), (resource) => api.send(resource)));
} finally {
  stop.abort();
  api.disconnect();
  await rm(directory, { recursive: true });
}

async function run(client: KubernetesClient, changeAll: (resource: string) => void): Promise<readonly Cost[]> {
  const cluster = createInventory({ client, clock, settleMs: 600_000 });
  const { inventory } = cluster;
  const { otherPods } = inventory;
  const costs: Cost[] = [];
  async function step(name: string, objects: number, task: () => Promise<unknown>): Promise<void> {
    costs.push({ step: name, objects, ...(await measure(task)) });
  }

  await step("nothing", 0, async () => Promise.resolve());
  void cluster.start(stop.signal);
  await step("  first answer about 800 other pods, while all else is read", 0, async () => ask(otherPods, 7));
  await step("20,000 VMs, VMIs and launchers, 100 pools, 1,000 nodes", 61_200, async () => inSync(inventory));
  await step("  all VMIs in order", 0, async () => Promise.resolve(inventory.virtualMachineInstances.listAll()));
  await step("  each VMI changes", 0, async () => {
    const before = inventory.virtualMachineInstances.get("ns-99", lastInstance);
    changeAll("virtualmachineinstances");
    while (inventory.virtualMachineInstances.get("ns-99", lastInstance) === before) await delay(5);
  });
  await step("  first answer about 800 other pods, at rest", 0, async () => ask(otherPods, 8));
  await step("  a later answer", 0, async () => ask(otherPods, 8));
  await step("80,000 other pods, asked for in 101 namespaces", 80_000, async () => {
    for (let namespace = 0; namespace <= 100; namespace += 1) await ask(otherPods, namespace);
    while (!(await isKnown(otherPods))) await delay(20);
  });
  return costs;
}

async function ask({ find }: ObjectLookup, namespace: number): Promise<void> {
  const answer = await find(`ns-${namespace}`, "nobody");
  if (!answer.ok) throw new Error(answer.error.detail);
}

async function inSync(inventory: Inventory): Promise<void> {
  const { otherPods: _, ...stores } = inventory;
  await Promise.all(Object.values(stores).map(async ({ settled }) => settled()));
  const unknown = Object.values(stores).find(({ state }) => !state().known);
  if (unknown !== undefined) throw new Error(JSON.stringify(unknown.state()));
}

/** Whether an answer comes without a request. */
async function isKnown({ find }: ObjectLookup): Promise<boolean> {
  const nextTurn = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([find("nowhere", "nobody").then(() => true), nextTurn]);
}

async function measure(task: () => Promise<unknown>): Promise<Omit<Cost, "step" | "objects">> {
  const stalls = watchStalls();
  const beganMs = performance.now();
  await task();
  const ms = performance.now() - beganMs;
  const longest = await stalls.end();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { ms, ...longest, heap: heapUsed / 2 ** 20, resident: rss / 2 ** 20 };
}

/** Looks every millisecond how late it is. What else runs on the machine makes stalls longer, but not the computing. */
function watchStalls(): { readonly end: () => Promise<Pick<Cost, "stallMs" | "cpuMs">> } {
  let longest = { stallMs: 0, cpuMs: 0 };
  let last = { ms: performance.now(), cpuMs: threadMs() };
  const timer = setInterval(() => {
    const now = { ms: performance.now(), cpuMs: threadMs() };
    longest = {
      stallMs: Math.max(longest.stallMs, now.ms - last.ms - 1),
      cpuMs: Math.max(longest.cpuMs, now.cpuMs - last.cpuMs),
    };
    last = now;
  }, 1);
  return {
    end: async () => {
      await delay(2); // a stall is seen when it is over
      clearInterval(timer);
      return longest;
    },
  };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function clientOf(server: string, folder: string): Promise<KubernetesClient> {
  const kubeconfig = join(folder, "kubeconfig");
  const config = {
    clusters: [{ name: "bench", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "bench", user: {} }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
    "current-context": "bench",
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const client = loadKubernetesClient({ kubeconfig, env: {}, userAgent: "bench" });
  if (!client.ok) throw new Error(client.error);
  return client.value;
}

function print(costs: readonly Cost[]): void {
  const head = ["known", "ms", "stall ms", "of CPU ms", "heap MiB", "RSS MiB", "bytes each"];
  const rows = costs.map(({ step, objects, ms, stallMs, cpuMs, heap, resident }, row) => {
    const before = costs.findLast((cost, index) => index < row && (cost.objects > 0 || index === 0));
    const brought = (heap - (before?.heap ?? 0)) * 2 ** 20;
    const figures = [ms, stallMs, cpuMs, heap, resident].map((figure) => figure.toFixed(figure < 10 ? 1 : 0));
    return [step, ...figures, objects === 0 ? "" : (brought / objects).toFixed(0)];
  });
  for (const [first = "", ...others] of [head, ...rows]) {
    process.stdout.write(`${first.padEnd(62)}${others.map((cell) => cell.padStart(11)).join("")}\n`);
  }
  process.stdout.write(`highest RSS ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MiB\n`);
}
