import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createInventory, type ClusterInventory, type KindState } from "../../src/cluster/inventory.ts";
import {
  answer,
  listOf,
  refuse,
  startScriptedKubernetes,
  stayAway,
  watchOf,
  type ScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { clientOf } from "./client-of.ts";
import { createFakeClock } from "./fake-clock.ts";

const paths = {
  vmis: "/apis/kubevirt.io/v1/virtualmachineinstances",
  vms: "/apis/kubevirt.io/v1/virtualmachines",
  poolGroup: "/apis/pool.kubevirt.io",
  pools: "/apis/pool.kubevirt.io/v1beta1/virtualmachinepools",
  pods: "/api/v1/pods",
};

const metadata = { namespace: "shop", name: "web-0", uid: "u", creationTimestamp: "2026-01-02T03:04:05Z" };

let kubernetes: ScriptedKubernetes;
let stop: AbortController;
let told: KindState[];

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  stop = new AbortController();
  told = [];
  for (const path of [paths.vmis, paths.vms, paths.pools, paths.pods]) {
    kubernetes.script(`GET ${path}`, listOf([{ metadata }], "1"));
    kubernetes.script(`WATCH ${path}`, watchOf([]));
  }
  kubernetes.script(`GET ${paths.poolGroup}`, answer({ preferredVersion: { version: "v1beta1" } }));
});
afterEach(async () => {
  stop.abort();
  await kubernetes.close();
});

function start(): ClusterInventory {
  const cluster = createInventory({
    client: clientOf(kubernetes),
    clock: createFakeClock(),
    onState: (kind) => void told.push(kind),
  });
  void cluster.start(stop.signal);
  return cluster;
}

describe("createInventory()", () => {
  test("knows virtual machines, their instances, pools and pods", async () => {
    const { inventory, firstListsDone, kinds } = start();
    expect(firstListsDone()).toBe(false);
    await expect.poll(firstListsDone).toBe(true);
    const stores = [
      inventory.virtualMachineInstances,
      inventory.virtualMachines,
      inventory.virtualMachinePools,
      inventory.launcherPods,
    ];
    expect(stores.map((store) => [store.state(), store.get("shop", "web-0")?.uid, store.list("shop").length])).toEqual(
      stores.map(() => [{ known: true }, "u", 1]),
    );
    expect(kinds().map(({ state, known, detail, objects }) => [state, known, detail, objects])).toEqual(
      stores.map(() => ["synced", true, "", 1]),
    );
    expect(told.map(({ state }) => state)).toEqual(["synced", "synced", "synced", "synced"]);
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
      [`GET ${paths.pods}`, false, "kubevirt.io=virt-launcher"],
      [`GET ${paths.vmis}`, false, undefined],
      [`GET ${paths.vms}`, true, undefined],
      [`GET ${paths.pools}`, true, undefined],
    ]);
  });

  test("follows the version of pools that the cluster prefers", async () => {
    kubernetes.script(`GET ${paths.poolGroup}`, answer({ preferredVersion: { version: "v1alpha1" } }));
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
    const { inventory, firstListsDone } = start();
    await expect.poll(firstListsDone).toBe(true);
    expect(inventory.virtualMachineInstances.state()).toEqual({ known: false, detail });
    expect(told.find(({ resource }) => resource.resource === "virtualmachineinstances")?.detail).toBe(detail);
  });

  test("is not done while one first list is on its way", async () => {
    kubernetes.script(`GET ${paths.pods}`, stayAway());
    const { inventory, firstListsDone, kinds } = start();
    await expect.poll(() => kinds().map(({ state }) => state)).toEqual(["synced", "synced", "synced", "pending"]);
    expect(firstListsDone()).toBe(false);
    expect(inventory.launcherPods.state()).toEqual({
      known: false,
      detail: 'Cannot list "pods": the first answer of the Kubernetes API has not come yet',
    });
  });
});
