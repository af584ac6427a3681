import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createInventory,
  type ClusterInventory,
  type InventoryOptions,
  type KindState,
} from "../../src/cluster/inventory.ts";
import {
  answer,
  heldBy,
  listOf,
  refuse,
  startScriptedKubernetes,
  stayAway,
  watchOf,
  type ScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { clientOf } from "./client-of.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

const paths = {
  vmis: "/apis/kubevirt.io/v1/virtualmachineinstances",
  vms: "/apis/kubevirt.io/v1/virtualmachines",
  pools: "/apis/pool.kubevirt.io/v1beta1/virtualmachinepools",
  replicaSets: "/apis/kubevirt.io/v1/virtualmachineinstancereplicasets",
  pods: "/api/v1/pods",
  namespaces: "/api/v1/namespaces",
  nodes: "/api/v1/nodes",
};
const poolGroup = "/apis/pool.kubevirt.io";

const namespaced = { namespace: "shop", name: "web-0", uid: "u", creationTimestamp: "2026-01-02T03:04:05Z" };
const clusterScoped = { name: "shop", uid: "c" };

let kubernetes: ScriptedKubernetes;
let clock: FakeClock;
let stop: AbortController;
let told: KindState[];

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  clock = createFakeClock();
  stop = new AbortController();
  told = [];
  for (const path of Object.values(paths)) {
    const metadata = path === paths.namespaces || path === paths.nodes ? clusterScoped : namespaced;
    kubernetes.script(`GET ${path}`, listOf([{ metadata }], "1"));
    kubernetes.script(`WATCH ${path}`, watchOf([]));
  }
  kubernetes.script(`GET ${poolGroup}`, answer({ preferredVersion: { version: "v1beta1" } }));
});
afterEach(async () => {
  stop.abort();
  await kubernetes.close();
});

function start(options: Partial<InventoryOptions> = {}): ClusterInventory {
  const cluster = createInventory({
    client: clientOf(kubernetes),
    clock,
    onState: (kind) => void told.push(kind),
    ...options,
  });
  void cluster.start(stop.signal);
  return cluster;
}

describe("createInventory()", () => {
  test("knows virtual machines, their instances, what owns them and what runs them", async () => {
    const { inventory, firstListsDone, kinds } = start();
    expect(firstListsDone()).toBe(false);
    await expect.poll(firstListsDone).toBe(true);
    const { virtualMachineInstances, virtualMachines, virtualMachinePools, virtualMachineInstanceReplicaSets } =
      inventory;
    const stores = [
      virtualMachineInstances,
      virtualMachines,
      virtualMachinePools,
      virtualMachineInstanceReplicaSets,
      inventory.launcherPods,
    ];
    for (const store of stores) {
      expect([store.state(), store.get("shop", "web-0")?.uid]).toEqual([{ known: true }, "u"]);
      expect([store.list("shop").length, store.listAll().length]).toEqual([1, 1]);
    }
    expect(kinds().map(({ state, known, detail, objects }) => [state, known, detail, objects])).toEqual(
      Object.values(paths).map(() => ["synced", true, "", 1]),
    );
    expect(told.map(({ state }) => state)).toEqual(Object.values(paths).map(() => "synced"));
  });

  test("keeps cluster-scoped objects under an empty namespace", async () => {
    const { inventory, firstListsDone } = start();
    await expect.poll(firstListsDone).toBe(true);
    expect(inventory.namespaces.get("", "shop")?.uid).toBe("c");
    expect(inventory.nodes.list("").map(({ uid }) => uid)).toEqual(["c"]);
  });

  test("asks for metadata only where that is enough, and for launcher pods only", async () => {
    await expect.poll(start().firstListsDone).toBe(true);
    const lists = kubernetes.requests.filter(({ query }) => query["limit"] !== undefined);
    const asked = lists.map(({ route, query, headers }) => [
      route,
      headers.accept?.includes("PartialObjectMetadataList"),
      query["labelSelector"],
    ]);
    expect(asked.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))).toEqual([
      [`GET ${paths.namespaces}`, true, undefined],
      [`GET ${paths.nodes}`, true, undefined],
      [`GET ${paths.pods}`, false, "kubevirt.io=virt-launcher"],
      [`GET ${paths.replicaSets}`, true, undefined],
      [`GET ${paths.vmis}`, false, undefined],
      [`GET ${paths.vms}`, true, undefined],
      [`GET ${paths.pools}`, true, undefined],
    ]);
  });

  test("watches the kinds that it is told to, and no others", async () => {
    const { inventory, kinds, firstListsDone } = start({ kinds: ["virtualMachineInstances", "launcherPods"] });
    await expect.poll(firstListsDone).toBe(true);
    expect(kinds().map(({ resource }) => resource.resource)).toEqual(["virtualmachineinstances", "pods"]);
    expect(new Set(kubernetes.requests.map(({ route }) => route.split(" ")[1]))).toEqual(
      new Set([paths.vmis, paths.pods]),
    );
    await inventory.nodes.settled();
    expect(inventory.nodes.state()).toEqual({
      known: false,
      detail: 'Objects of "nodes" are not watched: nothing that is served needs them',
    });
    expect([inventory.nodes.get("", "shop"), inventory.nodes.list(""), inventory.nodes.listAll()]).toEqual([
      undefined,
      [],
      [],
    ]);
  });

  test("follows the version of pools that the cluster prefers", async () => {
    kubernetes.script(`GET ${poolGroup}`, answer({ preferredVersion: { version: "v1alpha1" } }));
    await expect.poll(start().firstListsDone).toBe(true);
    expect(kubernetes.of("GET /apis/pool.kubevirt.io/v1alpha1/virtualmachinepools").length).toBe(1);
  });

  test.for([
    ["is not installed", refuse(404), "KubeVirt's VirtualMachineInstance is not installed in this cluster"],
    [
      "is forbidden",
      refuse(403),
      'Cannot list "virtualmachineinstances.kubevirt.io": forbidden; ' +
        "allow the adapter's ServiceAccount the verbs list and watch on it in a ClusterRole",
    ],
    ["fails", refuse(500, "etcd is away"), 'Cannot list "virtualmachineinstances.kubevirt.io": etcd is away'],
  ] as const)("says why a kind is not known when it %s", async ([, step, detail]) => {
    kubernetes.script(`GET ${paths.vmis}`, step);
    const { inventory } = start();
    await inventory.virtualMachineInstances.settled();
    expect(inventory.virtualMachineInstances.state()).toEqual({ known: false, detail });
    expect(told.find(({ resource }) => resource.resource === "virtualmachineinstances")?.detail).toBe(detail);
  });

  test("is not done while one first list is on its way", async () => {
    kubernetes.script(`GET ${paths.pods}`, stayAway());
    const { inventory, firstListsDone, kinds } = start();
    await expect.poll(() => kinds().filter(({ state }) => state === "synced").length).toBe(6);
    expect(firstListsDone()).toBe(false);
    expect(inventory.launcherPods.state()).toEqual({
      known: false,
      detail: 'Cannot list "pods": the first answer of the Kubernetes API has not come yet',
    });
  });

  test("looks up pods that are no launchers when it is asked to, and stops with the rest", async () => {
    kubernetes.script("GET /api/v1/namespaces/shop/pods", listOf([{ metadata: namespaced }], "1"));
    kubernetes.script("WATCH /api/v1/namespaces/shop/pods", watchOf([]));
    const { inventory } = start();
    expect(await inventory.otherPods.find("shop", "web-0")).toMatchObject({ ok: true, value: { uid: "u" } });
    const [list] = kubernetes.of("GET /api/v1/namespaces/shop/pods");
    expect(list?.query["labelSelector"]).toBe("kubevirt.io!=virt-launcher");
    stop.abort();
    await expect.poll(clock.sleeping).toBe(0);
  });
});

describe("settled()", () => {
  test("waits for the first list", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(`GET ${paths.nodes}`, heldBy(gate.promise, listOf([{ metadata: clusterScoped }], "1")));
    const { inventory } = start();
    const settled = inventory.nodes.settled();
    expect(inventory.nodes.state().known).toBe(false);
    gate.resolve();
    await settled;
    expect(inventory.nodes.state()).toEqual({ known: true });
    await expect.poll(clock.sleeping).toBe(0);
  });

  test("waits no longer than some seconds", async () => {
    kubernetes.script(`GET ${paths.nodes}`, stayAway());
    const { inventory, kinds } = start();
    await expect.poll(() => kinds().filter(({ state }) => state === "synced").length).toBe(6);
    const settled = inventory.nodes.settled();
    expect(clock.pauses).toEqual([5_000]);
    clock.advance(5_000);
    await settled;
    expect(inventory.nodes.state().known).toBe(false);
  });
});
