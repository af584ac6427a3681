import { afterAll, beforeAll, expect, test } from "vitest";
import { objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { autoscalerState, type AutoscalerState, createAutoscaler } from "../support/autoscaler.ts";
import { during, until } from "../support/until.ts";

let supervisor: Supervisor;
let cluster: Cluster;

/** The adapter without any configuration, the HPA controller at its own pace; only scraping is faster than in clusters. */
beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: (line) => process.stderr.write(`${line}\n`),
    config: {},
    hpa: { syncPeriodMs: 15_000, downscaleStabilizationMs: 60_000 },
    scrapeIntervalMs: 5_000,
  });
});

afterAll(async () => {
  await supervisor.stop();
});

test("a pool follows its load with default window, cache and sync period, and makes no virtual machine too many", async () => {
  const { kubevirt, controlPlane } = cluster;
  await kubevirt.createPool({ namespace: "shop", name: "web", replicas: 2 });
  kubevirt.setPoolLoad("shop", "web", { totalCores: 0.9 });
  await createAutoscaler(controlPlane, "shop", "web", objectMetric("web"));
  async function state(): Promise<AutoscalerState> {
    return autoscalerState(controlPlane, "shop", "web");
  }
  await until(state, ({ scalingActive }) => scalingActive === "True", 120);
  await during(state, 60);

  kubevirt.setPoolLoad("shop", "web", { totalCores: 1.95 });
  await until(state, ({ replicas }) => replicas === 4, 150);
  const after = await during(state, 120);
  expect([...new Set(after.map(({ replicas }) => replicas))]).toEqual([4]);

  kubevirt.setPoolLoad("shop", "web", { totalCores: 0.4 });
  await until(state, ({ replicas }) => replicas === 2, 240);
});
