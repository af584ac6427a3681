import { afterAll, beforeAll, expect, test } from "vitest";
import { objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { autoscalerState, createAutoscaler } from "../support/autoscaler.ts";
import { type Course, createCourse, type Moment } from "../support/course.ts";

const [namespace, pool] = ["shop", "web"];
const migrationMs = 30_000;
/** Longer than the window and a scrape, in which something that is over can still show. */
const aftermathSeconds = 180;

let supervisor: Supervisor;
let cluster: Cluster;
let load = 0;

/** The adapter without any configuration, the HPA controller at its own pace, Prometheus at that of most clusters. */
beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: {},
    hpa: { syncPeriodMs: 15_000, downscaleStabilizationMs: 300_000 },
    scrapeIntervalMs: 30_000,
    bootMs: 20_000,
  });
});

afterAll(async () => {
  await supervisor.stop();
});

test("a pool at default pace has the formula's number through scale-up, migration, node drain and scale-down", async () => {
  const { kubevirt, controlPlane } = cluster;
  await kubevirt.createPool({ namespace, name: pool, replicas: 2 });
  setLoad(0.9);
  // Room on either side, so that a wrong number shows.
  await createAutoscaler(controlPlane, namespace, pool, objectMetric(pool), { min: 1, max: 10 });
  const course = createCourse({ look, print: say });
  await course.until("warm-up", ({ isActive }) => isActive, 240);
  await course.during("two", 60);
  expectSteady(course, "two", 2);

  setLoad(1.95); // 3.9 times the target of half a core
  await course.until("scale-up", wants(4), 300);
  await course.during("four", aftermathSeconds);
  expectOnly(course, "scale-up", [2, 3, 4]);
  expectSteady(course, "four", 4);

  const migrations = await kubevirt.migrateAll(namespace, pool, { migrationMs });
  await course.during("migration", migrationMs / 1_000 + aftermathSeconds);
  expect(migrations).toHaveLength(4);
  expect(await completedPods()).toBe(4);
  expectSteady(course, "migration", 4);

  const evacuations = await kubevirt.drain("node01", { migrationMs });
  await course.during("drain", migrationMs / 1_000 + aftermathSeconds);
  expect(evacuations.length).toBeGreaterThan(0);
  expect(kubevirt.vms(namespace).map(({ node }) => node)).toEqual(Array.from({ length: 4 }, () => "node02"));
  expectSteady(course, "drain", 4);

  setLoad(0.9);
  await course.during("stabilization", 300);
  await course.until("scale-down", wants(2), 240);
  expectSteady(course, "stabilization", 4);
  expectOnly(course, "scale-down", [2, 3, 4]);
  // What the removed ones did is missing for a window; the autoscaler's own stabilization bridges that.
  await course.during("two again", aftermathSeconds);
  expectSteady(course, "two again", 2);

  const afterWarmUp = course.moments.filter(({ stage }) => stage !== "warm-up");
  expect(afterWarmUp.filter(({ isActive }) => !isActive)).toEqual([]);
});

function setLoad(totalCores: number): void {
  load = totalCores;
  cluster.kubevirt.setPoolLoad(namespace, pool, { totalCores });
}

function wants(count: number): (moment: Moment) => boolean {
  return ({ replicas }) => replicas === count;
}

/** The autoscaler wanted no other numbers than these in a stage. */
function expectOnly({ moments }: Course, stage: string, allowed: readonly number[]): void {
  const seen = moments.filter((moment) => moment.stage === stage);
  const counts = seen.map(({ replicas }) => replicas);
  say(`${stage}: between ${Math.min(...counts)} and ${Math.max(...counts)}`);
  expect(seen.filter(({ replicas }) => !allowed.includes(replicas))).toEqual([]);
}

/** The autoscaler wanted this number throughout a stage, at whose end the sum says what the guests do, ± 10 %. */
function expectSteady(course: Course, stage: string, count: number): void {
  expectOnly(course, stage, [count]);
  const last = course.moments.findLast((moment) => moment.stage === stage);
  expect(Math.abs((last?.sum ?? NaN) / load - 1)).toBeLessThan(0.1);
}

async function look(): Promise<Omit<Moment, "stage" | "seconds">> {
  const { kubevirt, controlPlane } = cluster;
  const [answer, { replicas, scalingActive }] = await Promise.all([
    askForSum(),
    autoscalerState(controlPlane, namespace, pool),
  ]);
  const running = kubevirt.vms(namespace).filter(({ phase }) => phase === "Running").length;
  return { load, ...answer, replicas, running, isActive: scalingActive === "True" };
}

/** Through the aggregation layer, as the autoscaler asks. */
async function askForSum(): Promise<Pick<Moment, "sum" | "problem">> {
  const path = `namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}/cpu-usageCores`;
  const { stdout, stderr } = await cluster.controlPlane.kubectl([
    "get",
    "--raw",
    `/apis/custom.metrics.k8s.io/v1beta2/${path}`,
  ]);
  const [, number = "NaN", milli] = /"value":"(\d+)(m?)"/u.exec(stdout) ?? [];
  return { sum: Number(number) / (milli === "m" ? 1_000 : 1), problem: stderr.trim() };
}

async function completedPods(): Promise<number> {
  const completed = ["get", "pods", "-n", namespace, "--field-selector=status.phase=Succeeded", "-o", "name"];
  const { stdout } = await cluster.controlPlane.kubectl(completed);
  return stdout.split("\n").filter(Boolean).length;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
