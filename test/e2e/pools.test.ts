import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectMetric, podsMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import type { CommandResult } from "../../sandbox/run-command.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { AutoscalerState } from "../support/autoscaler.ts";
import { askAdapter, createScaledPool, isAvailable, replicasOf } from "../support/scaled-pool.ts";
import { during, until } from "../support/until.ts";

let supervisor: Supervisor;
let cluster: Cluster;

beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: (line) => process.stderr.write(`${line}\n`),
    // Eight scrapes: on a busy machine a single one can come late by a fifth of the interval.
    config: { vms: { window: "8s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
    bootMs: 1_000,
  });
});

afterAll(async () => {
  await supervisor.stop();
});

/** Runs kubectl as an administrator. */
async function kubectl(args: readonly string[], input?: string): Promise<CommandResult> {
  return cluster.controlPlane.kubectl(args, input);
}

async function ask(path: string, kubeconfig?: string): Promise<CommandResult> {
  return askAdapter(cluster.controlPlane, path, kubeconfig);
}

async function scaledPool(name: string, metric: object, totalCores: number): Promise<() => Promise<AutoscalerState>> {
  return createScaledPool(cluster, name, metric, totalCores);
}

function inactive(states: readonly AutoscalerState[]): readonly AutoscalerState[] {
  return states.filter(({ scalingActive }) => scalingActive !== "True");
}

describe.concurrent("an HPA of type Object on a VirtualMachinePool", () => {
  test("follows the load of the guests up and down, and stays at the formula's number [wire 36]", async () => {
    const seen: AutoscalerState[] = [];
    const read = await scaledPool("web", objectMetric("web"), 0.4);
    async function state(): Promise<AutoscalerState> {
      const now = await read();
      seen.push(now);
      return now;
    }
    cluster.kubevirt.setPoolLoad("web", "web", { totalCores: 1.8 }); // 0.9 cores on each of two
    await until(state, ({ replicas }) => replicas === 4, 40);
    expect(replicasOf(await during(state, 15))).toEqual([4]);

    cluster.kubevirt.setPoolLoad("web", "web", { totalCores: 0.4 }); // 0.1 cores on each of four
    await until(state, ({ replicas }) => replicas === 2, 40);
    expect(replicasOf(await during(state, 10))).toEqual([2]);
    expect(inactive(seen)).toEqual([]);
  });

  test("does not run away when new virtual machines cannot be scheduled", async () => {
    const state = await scaledPool("full", objectMetric("full"), 0.4);
    await cluster.kubevirt.setSchedulable("full", "full", false);
    cluster.kubevirt.setPoolLoad("full", "full", { totalCores: 1.8 });
    await until(state, ({ replicas }) => replicas === 4, 40);
    const states = await during(state, 15);
    expect(replicasOf(states)).toEqual([4]);
    expect(inactive(states)).toEqual([]);
    const phases = cluster.kubevirt.vms("full").map(({ phase }) => phase);
    expect(phases.filter((phase) => phase === "Running")).toHaveLength(2);
  });

  test("reaches the formula's number both ways while virtual machines migrate and Completed pods pile up", async () => {
    const state = await scaledPool("moving", objectMetric("moving"), 0.8);
    await cluster.kubevirt.migrateAll("moving", "moving", { migrationMs: 3_000 });
    await until(completedPods("moving"), (count) => count >= 2, 30);
    await cluster.kubevirt.migrateAll("moving", "moving", { migrationMs: 8_000 });
    cluster.kubevirt.setPoolLoad("moving", "moving", { totalCores: 1.9 });
    await until(state, ({ replicas }) => replicas === 4, 40);
    await until(
      async () => running("moving"),
      (count) => count === 4,
      30,
    );

    await cluster.kubevirt.migrateAll("moving", "moving", { migrationMs: 3_000 });
    await until(completedPods("moving"), (count) => count >= 4, 30);
    expect(replicasOf(await during(state, 5))).toEqual([4]);
    await cluster.kubevirt.migrateAll("moving", "moving", { migrationMs: 8_000 });
    cluster.kubevirt.setPoolLoad("moving", "moving", { totalCores: 0.4 });
    await until(state, ({ replicas }) => replicas === 2, 40);
    expect(replicasOf(await during(state, 5))).toEqual([2]);
  });
});

describe.concurrent("an HPA of type Pods", () => {
  test("freezes when there are as many Completed source pods as virtual machines", async () => {
    const state = await scaledPool("frozen", podsMetric, 0.8);
    await cluster.kubevirt.migrateAll("frozen", "frozen", { migrationMs: 3_000 });
    await until(completedPods("frozen"), (count) => count >= 2, 30);
    cluster.kubevirt.setPoolLoad("frozen", "frozen", { totalCores: 1.8 });
    await until(sumOf("frozen"), (sum) => sum > 1.75, 20);
    // Two pods without a value count as 0: (0.9 + 0.9 + 0 + 0) / 4 is below the target, although 0.9 is far above it.
    expect(replicasOf(await during(state, 10))).toEqual([2]);
  });
});

describe.concurrent("kubectl get --raw", () => {
  test("answers for each kind of object, by name and by selector [wire 2] [wire 3]", async () => {
    await cluster.kubevirt.createPool({
      namespace: "shop",
      name: "app",
      replicas: 2,
      labels: { app: "app", tier: "a" },
    });
    cluster.kubevirt.setPoolLoad("shop", "app", { totalCores: 1, memoryUsedBytesPerVm: 512 * 1024 ** 2 });
    const pool = "shop/virtualmachinepools.pool.kubevirt.io/app";
    await until(sumOf("shop", "app"), (sum) => Math.abs(sum - 1) < 0.02, 40);
    const pod = cluster.kubevirt.vms("shop")[0]?.pod ?? "";

    async function items(path: string): Promise<readonly (readonly [string, string])[]> {
      const { code, stdout, stderr } = await ask(path);
      expect({ path, code, stderr }).toEqual({ path, code: 0, stderr: "" });
      const list = JSON.parse(stdout) as { readonly items: readonly Item[] };
      return list.items.map(({ describedObject, value }) => [describedObject.name, value]);
    }
    expect(await items(`${pool}/guest-memoryUsedBytes`)).toEqual([["app", "1073741824"]]);
    expect(await items(`shop/pods/${pod}/guest-memoryUsedBytes`)).toEqual([[pod, "536870912"]]);
    for (const kind of ["virtualmachines.kubevirt.io", "virtualmachineinstances.kubevirt.io"]) {
      expect(await items(`shop/${kind}/app-0/guest-memoryUsedBytes`)).toEqual([["app-0", "536870912"]]);
      const selected = await items(`shop/${kind}/*/cpu-usageCores?labelSelector=tier%3Da`);
      expect(selected.map(([name]) => name)).toEqual(["app-0", "app-1"]);
    }
    expect(await items("shop/pods/*/cpu-usageCores?labelSelector=tier%3Da")).toHaveLength(2);
    expect(await items("shop/pods/*/cpu-usageCores?labelSelector=tier%3Dnone")).toEqual([]);
    for (const metric of ["cpu-usageAverageRatio", "cpu-usageSumRatio", "network-receiveBytesPerSecond"]) {
      expect(await items(`${pool}/${metric}`)).toHaveLength(1);
    }
  });

  test("says what is known when a metric is not [wire 6] [wire 10]", async () => {
    const { code, stderr } = await ask("shop/virtualmachinepools.pool.kubevirt.io/app/cpu-usage");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error from server \(NotFound\): the server could not find the metric cpu-usage for virtualmachinepools\.pool\.kubevirt\.io app: .*cpu-usageCores/u,
    );
  });

  test("is refused without rights, and a Role can permit one metric [wire 14]", async () => {
    await kubectl(["create", "namespace", "tenant"]);
    await cluster.kubevirt.createPool({ namespace: "tenant", name: "db", replicas: 1 });
    const alice = await cluster.controlPlane.kubeconfigFor("alice", ["developers"]);
    const cpu = "tenant/virtualmachinepools.pool.kubevirt.io/db/cpu-usageCores";
    const refused = await ask(cpu, alice);
    expect(refused.stderr).toMatch(/^Error from server \(Forbidden\): .*User "alice" cannot get resource/u);

    const resource = "virtualmachinepools.pool.kubevirt.io/cpu-usageCores";
    const rules = [{ apiGroups: ["custom.metrics.k8s.io"], resources: [resource], verbs: ["get"] }];
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }];
    const [apiVersion, metadata] = ["rbac.authorization.k8s.io/v1", { namespace: "tenant", name: "cpu" }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "cpu" };
    const role = { apiVersion, kind: "Role", metadata, rules };
    const binding = { apiVersion, kind: "RoleBinding", metadata, roleRef, subjects };
    await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: [role, binding] }));

    const allowed = await until(
      () => ask(cpu, alice),
      ({ code }) => code === 0,
      40,
    );
    expect(JSON.parse(allowed.stdout)).toMatchObject({
      kind: "MetricValueList",
      items: [{ metric: { name: "cpu-usageCores" } }],
    });
    const other = await ask("tenant/virtualmachinepools.pool.kubevirt.io/db/guest-memoryUsedBytes", alice);
    expect(other.stderr).toContain("Forbidden");
  });
});

describe("the aggregation layer", () => {
  test("finds the API available, and lists all resources without an error [wire 19] [wire 20] [wire 36]", async () => {
    expect(await isAvailable(cluster.controlPlane)).toBe(true);
    for (const args of [["api-resources"], ["get", "all", "-A"]]) {
      const { code, stderr } = await kubectl(args);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    }
  });
});

interface Item {
  readonly describedObject: { readonly name: string };
  readonly value: string;
}

/** Counts the pods of a pool that have completed: the sources of migrations. */
function completedPods(namespace: string): () => Promise<number> {
  return async () => {
    const { stdout } = await kubectl([
      "get",
      "pods",
      "-n",
      namespace,
      "--field-selector=status.phase=Succeeded",
      "-o",
      "name",
    ]);
    return stdout.split("\n").filter(Boolean).length;
  };
}

/** The sum of a pool's cores as the adapter says it; NaN while it does not. */
function sumOf(namespace: string, pool = namespace): () => Promise<number> {
  return async () => {
    const { stdout } = await ask(`${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}/cpu-usageCores`);
    const [, number = "NaN", milli] = /"value":"(\d+)(m?)"/u.exec(stdout) ?? [];
    return Number(number) / (milli === "m" ? 1_000 : 1);
  };
}

function running(namespace: string): number {
  return cluster.kubevirt.vms(namespace).filter(({ phase }) => phase === "Running").length;
}
