import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KubernetesApi, startKubernetesApi } from "../../sandbox/kubernetes-api.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { type Kubevirt, startKubevirt } from "../../sandbox/kubevirt/kubevirt.ts";
import { loadKubernetesClient } from "../../src/cluster/client.ts";
import { type ClusterInventory, createInventory } from "../../src/cluster/inventory.ts";
import { isActivePod } from "../../src/vm/active-pod.ts";
import type { Inventory } from "../../src/vm/objects.ts";
import { createFakeClock } from "./fake-clock.ts";

let directory: string;
let api: KubernetesApi;
let client: KubernetesClient;
let kubevirt: Kubevirt;
let inventory: Inventory;
let stop: AbortController;
let nowMs: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "simulated-world-"));
  api = await startKubernetesApi({ directory });
  client = createKubernetesClient(await readKubeconfig(api.kubeconfig));
  nowMs = 1_795_000_000_000;
  kubevirt = await startKubevirt({ client, nowMs: () => nowMs, nodes: ["n1", "n2"], intervalMs: 3_600_000 });
  await kubevirt.installCrds();
  await kubevirt.createPool({ namespace: "shop", name: "web", replicas: 2 });
  await pass(2);

  const ours = loadKubernetesClient({ kubeconfig: api.kubeconfig, env: {}, userAgent: "tester/1" });
  if (!ours.ok) throw new Error(ours.error);
  const cluster = createInventory({ client: ours.value, clock: createFakeClock() });
  inventory = cluster.inventory;
  stop = new AbortController();
  void cluster.start(stop.signal);
  await isInSync(cluster);
});

afterEach(async () => {
  stop.abort();
  await kubevirt.stop();
  await client.close();
  await api.stop();
  await rm(directory, { recursive: true });
});

async function isInSync({ kinds }: ClusterInventory): Promise<void> {
  await expect.poll(() => kinds().every(({ known }) => known)).toBe(true);
}

/** Lets time pass, and the objects follow. */
async function pass(seconds: number): Promise<void> {
  nowMs += seconds * 1_000;
  await kubevirt.sync();
}

/** The pods that run each virtual machine, as the inventory has it: never more than one. */
function activePods(): Readonly<Record<string, string | undefined>> {
  const { virtualMachineInstances, launcherPods } = inventory;
  return Object.fromEntries(
    virtualMachineInstances.list("shop").map((vmi) => {
      const active = launcherPods.list("shop").filter((pod) => isActivePod(pod, vmi));
      if (active.length > 1) throw new Error(`${vmi.name} has ${active.length} active pods`);
      return [vmi.name, active[0]?.name];
    }),
  );
}

/** The same, as the simulated KubeVirt has it. */
function truth(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(kubevirt.vms("shop").map(({ name, pod }) => [name, pod]));
}

async function agree(): Promise<void> {
  await expect.poll(activePods).toEqual(truth());
}

describe("createInventory() on a simulated KubeVirt", () => {
  test("knows nodes, namespaces and replica sets", async () => {
    await kubevirt.createReplicaSet({ namespace: "bank", name: "desk", replicas: 1 });
    await expect
      .poll(() => inventory.virtualMachineInstanceReplicaSets.listAll().map(({ name }) => name))
      .toEqual(["desk"]);
    expect(inventory.nodes.list("").map(({ name }) => name)).toEqual(["n1", "n2"]);
    const known = inventory.namespaces.list("").map(({ name }) => name);
    expect(known.filter((name) => name === "shop" || name === "bank")).toEqual(["bank", "shop"]);
  });

  test("tells launchers from other pods, and both from none", async () => {
    await client.create("/api/v1/namespaces/shop/pods", { metadata: { name: "plain" }, spec: {} });
    const [launcher] = inventory.launcherPods.list("shop");
    const { find } = inventory.otherPods;
    expect(await find("shop", "plain")).toMatchObject({ ok: true, value: { name: "plain" } });
    expect(await find("shop", launcher?.name ?? "")).toEqual({ ok: true, value: undefined });
    expect(await find("nowhere", "plain")).toEqual({ ok: true, value: undefined });
  });

  test("follows migrations there and back, one that fails, and a restart", async () => {
    await agree();
    for (const fails of [false, false, true, false]) {
      await kubevirt.migrate("shop", "web-0", { fails });
      await agree();
      await pass(10);
      await agree();
    }
    await kubevirt.restart("shop", "web-0");
    await pass(2);
    await agree();
    expect(Object.values(activePods())).not.toContain(undefined);
  });
});
