import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fail } from "../../../src/result.ts";
import { type KubernetesApi, startKubernetesApi } from "../../../sandbox/kubernetes-api.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../../sandbox/kubernetes-client.ts";
import { controllerOf, fieldAt, type KubernetesObject, pathOf } from "../../../sandbox/kubernetes-object.ts";
import { type Kubevirt, startKubevirt } from "../../../sandbox/kubevirt/kubevirt.ts";
import { resources } from "../../../sandbox/kubevirt/resources.ts";

let directory: string;
let api: KubernetesApi;
let client: KubernetesClient;
let kubevirt: Kubevirt;
let nowMs: number;
let away: boolean;
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubevirt-"));
  api = await startKubernetesApi({ directory });
  client = createKubernetesClient(await readKubeconfig(api.kubeconfig));
  nowMs = 1_795_000_000_000;
  away = false;
  lines = [];
  kubevirt = await startKubevirt({
    client: unreliable(client),
    nowMs: () => nowMs,
    nodes: ["n1", "n2"],
    intervalMs: 3_600_000,
    log: (line) => lines.push(line),
  });
  await kubevirt.installCrds();
  await kubevirt.createPool({ namespace: "shop", name: "web", replicas: 2, labels: { app: "web" } });
  await pass(2);
});

afterEach(async () => {
  await kubevirt.stop();
  await client.close();
  await api.stop();
  await rm(directory, { recursive: true });
});

/** A client whose server does not answer while `away` is set. */
function unreliable(real: KubernetesClient): KubernetesClient {
  return { ...real, list: async (...args) => (away ? fail({ message: "connection refused" }) : real.list(...args)) };
}

/** Lets time pass, and the objects follow. */
async function pass(seconds: number): Promise<void> {
  nowMs += seconds * 1000;
  await kubevirt.sync();
}

type Kind = "machines" | "instances" | "pods" | "pools" | "replicaSets";

async function list(kind: Kind): Promise<readonly KubernetesObject[]> {
  const found = await client.list(pathOf(resources[kind], { namespace: "shop" }));
  return found.ok ? found.value : [];
}

async function names(kind: Kind): Promise<readonly string[]> {
  return (await list(kind)).map(({ metadata }) => metadata.name);
}

async function instance(name: string): Promise<KubernetesObject | undefined> {
  return (await list("instances")).find(({ metadata }) => metadata.name === name);
}

/** `Running n1` for each pod, the oldest first. */
async function podsOf(name: string): Promise<readonly string[]> {
  const own = (await list("pods")).filter(({ metadata }) => metadata.annotations?.["kubevirt.io/domain"] === name);
  return own.map(({ spec, status }) => `${String(status?.["phase"])} ${String(spec?.["nodeName"])}`).toSorted();
}

describe("startController()", () => {
  test("makes VM, instance and pod for each replica, each controlled by the one before", async () => {
    expect([await names("machines"), await names("instances")]).toEqual([
      ["web-0", "web-1"],
      ["web-0", "web-1"],
    ]);
    const [pod] = await list("pods");
    const owner = await instance("web-0");
    expect(pod?.metadata.name).toMatch(/^virt-launcher-web-0-.{5}$/u);
    expect(pod === undefined ? undefined : controllerOf(pod)).toMatchObject({
      kind: "VirtualMachineInstance",
      name: "web-0",
      uid: owner?.metadata.uid,
    });
    expect(pod?.metadata.labels).toMatchObject({
      app: "web",
      "kubevirt.io": "virt-launcher",
      "kubevirt.io/created-by": owner?.metadata.uid,
      "vmi.kubevirt.io/id": "web-0",
      "kubevirt.io/vm-pool-revision-name": "web-1",
    });
    expect(owner?.status).toMatchObject({
      phase: "Running",
      nodeName: "n1",
      activePods: { [pod?.metadata.uid ?? ""]: "n1" },
    });
    expect(owner?.metadata.labels).toMatchObject({ "kubevirt.io/nodeName": "n1" });
    expect((await list("pools"))[0]?.status).toEqual({ replicas: 2, readyReplicas: 2, labelSelector: "app=web" });
  });

  test("scales up at the lowest free index and down from the highest", async () => {
    await kubevirt.scalePool("shop", "web", 4);
    expect(await names("instances")).toEqual(["web-0", "web-1", "web-2", "web-3"]);
    await kubevirt.scalePool("shop", "web", 1);
    expect([await names("machines"), await names("instances"), await podsOf("web-1")]).toEqual([
      ["web-0"],
      ["web-0"],
      [],
    ]);
    await kubevirt.scalePool("shop", "web", 2);
    expect(await names("machines")).toEqual(["web-0", "web-1"]);
  });

  test("removes what a deleted pool leaves behind", async () => {
    await kubevirt.deletePool("shop", "web");
    expect([await names("machines"), await names("instances"), await names("pods")]).toEqual([[], [], []]);
    expect(kubevirt.vms("shop")).toEqual([]);
  });

  test("makes members of a replica set without VirtualMachines", async () => {
    await kubevirt.createReplicaSet({ namespace: "shop", name: "rs", replicas: 2, labels: { app: "rs" } });
    await pass(2);
    const members = (await list("instances")).filter(
      (each) => controllerOf(each)?.kind === "VirtualMachineInstanceReplicaSet",
    );
    expect(members.map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/^rs.{5}$/u),
      expect.stringMatching(/^rs.{5}$/u),
    ]);
    expect(members[0]?.metadata.labels).toMatchObject({ "kubevirt.io/vmReplicaSet": "rs" });
    expect(await names("machines")).toEqual(["web-0", "web-1"]);
    expect((await list("replicaSets"))[0]?.status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });

  test("leaves a VM without a node Pending, and binds its pod when there is room", async () => {
    await kubevirt.setCapacity(2);
    await kubevirt.scalePool("shop", "web", 3);
    const waiting = await instance("web-2");
    expect([waiting?.status?.["phase"], await podsOf("web-2")]).toEqual(["Scheduling", ["Pending undefined"]]);
    const pod = (await list("pods")).find(({ metadata }) => metadata.name.startsWith("virt-launcher-web-2"));
    expect(fieldAt(pod, "status", "conditions")).toEqual([
      { type: "PodScheduled", status: "False", reason: "Unschedulable" },
    ]);
    await kubevirt.setCapacity(undefined);
    await pass(2);
    expect([(await instance("web-2"))?.status?.["phase"], await podsOf("web-2")]).toEqual(["Running", ["Running n1"]]);
  });

  test("shows a migration: two active pods, then the target alone and a Completed source", async () => {
    const migration = await kubevirt.migrate("shop", "web-0");
    const during = await instance("web-0");
    expect(Object.values((during?.status?.["activePods"] ?? {}) as object)).toEqual(["n1", "n2"]);
    expect([during?.status?.["nodeName"], await podsOf("web-0")]).toEqual(["n1", ["Running n1", "Running n2"]]);
    expect(during?.status?.["migrationState"]).toMatchObject({ migrationUid: migration.uid, completed: false });
    await pass(10);
    const after = await instance("web-0");
    expect(Object.values((after?.status?.["activePods"] ?? {}) as object)).toEqual(["n2"]);
    expect([after?.status?.["nodeName"], await podsOf("web-0")]).toEqual(["n2", ["Running n2", "Succeeded n1"]]);
    expect(after?.metadata.labels).toMatchObject({
      "kubevirt.io/nodeName": "n2",
      "kubevirt.io/migrationTargetNodeName": "n2",
    });
  });

  test("drains a node: it is unschedulable, and what ran there runs elsewhere", async () => {
    const migrations = await kubevirt.drain("n1");
    await pass(10);
    expect(migrations.map(({ sourceNode, targetNode }) => [sourceNode, targetNode])).toEqual([["n1", "n2"]]);
    expect(kubevirt.vms("shop").map(({ node }) => node)).toEqual(["n2", "n2"]);
    const node = await client.get(pathOf(resources.nodes, { name: "n1" }));
    expect(node.ok && node.value.spec).toMatchObject({ unschedulable: true });
  });

  test("makes a new instance and pod at a restart", async () => {
    const [before] = [await instance("web-0")];
    await kubevirt.restart("shop", "web-0");
    await pass(2);
    const after = await instance("web-0");
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await podsOf("web-0")).toHaveLength(1);
  });

  test("stops and starts a VM by its run strategy", async () => {
    await kubevirt.stopVm("shop", "web-0");
    expect([await names("instances"), await podsOf("web-0")]).toEqual([["web-1"], []]);
    expect((await list("machines"))[0]?.status).toMatchObject({ created: false, printableStatus: "Stopped" });
    await kubevirt.startVm("shop", "web-0");
    await pass(2);
    expect(kubevirt.vms("shop").map(({ printableStatus }) => printableStatus)).toEqual(["Running", "Running"]);
  });

  test("says Paused of a paused VM and nothing of a hung one", async () => {
    await kubevirt.pause("shop", "web-0");
    await kubevirt.hang("shop", "web-1");
    expect(fieldAt(await instance("web-0"), "status", "conditions")).toContainEqual({ type: "Paused", status: "True" });
    expect((await instance("web-1"))?.status).toMatchObject({ phase: "Running" });
  });

  test("survives an API server that is away, says so once, and catches up", async () => {
    away = true;
    await kubevirt.setCapacity(undefined);
    await pass(1);
    expect(lines).toEqual(["connection refused"]);
    await client.mergePatch(pathOf(resources.pools, { namespace: "shop", name: "web" }), { spec: { replicas: 3 } });
    away = false;
    await pass(1);
    expect(await names("machines")).toEqual(["web-0", "web-1", "web-2"]);
  });

  test("keeps the nodes Ready", async () => {
    const found = await client.list(pathOf(resources.nodes));
    const ready = found.ok ? found.value.map((node) => fieldAt(node, "status", "conditions")) : [];
    expect(ready).toMatchObject([[{ type: "Ready", status: "True" }], [{ type: "Ready", status: "True" }]]);
  });
});
