import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { createScaledPool, isAvailable, replicasOf } from "../support/scaled-pool.ts";
import { during, until } from "../support/until.ts";

let supervisor: Supervisor;
let cluster: Cluster;

beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: (line) => process.stderr.write(`${line}\n`),
    config: { vms: { window: "8s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
    bootMs: 1_000,
  });
});

afterAll(async () => {
  await supervisor.stop();
});

describe("an outage of Prometheus", () => {
  test("keeps the API, and the HPA its replicas; scaling goes on when it is over [wire 1] [wire 36]", async () => {
    const state = await createScaledPool(cluster, "dark", objectMetric("dark"), 1.4);
    await until(state, ({ replicas }) => replicas === 3, 40);
    await cluster.prometheus.stop();
    const failing = await until(state, ({ scalingActive }) => scalingActive === "False", 40);
    expect(failing.reason).toMatch(/^FailedGetObjectMetric: .*unable to fetch metrics: Prometheus/u);
    cluster.kubevirt.setPoolLoad("dark", "dark", { totalCores: 0.2 });
    expect(replicasOf(await during(state, 10))).toEqual([3]);

    expect(await isAvailable(cluster.controlPlane)).toBe(true);
    const { kubectl } = cluster.controlPlane;
    await kubectl(["create", "namespace", "short-lived"]);
    const deleted = await kubectl(["delete", "namespace", "short-lived", "--timeout=60s"]);
    expect(deleted).toMatchObject({ code: 0 });

    await cluster.prometheus.restart();
    await until(state, ({ scalingActive }) => scalingActive === "True", 60);
    await until(state, ({ replicas }) => replicas === 2, 60);
  });
});
