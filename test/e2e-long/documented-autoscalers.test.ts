import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { isTrue, type Moment, openScene, type Scene } from "../support/autoscaled-scene.ts";
import { type DocumentedAutoscaler, documentedAutoscalers, yamlBlocks } from "../support/documented-autoscalers.ts";
import { during, until } from "../support/until.ts";

/** The autoscalers of the page, each as it stands but for its namespace, on the load that it is for. */

const page = "docs/autoscaling.md";
const autoscalers = documentedAutoscalers(page);
/** In targets: of two replicas each has 0.8, and then 1.8, which four share at 0.9. */
const [low, high] = [1.6, 3.6];
const [few, many] = [2, 4];

vi.setConfig({ maxConcurrency: 20 }); // they wait for the clock, not for the processor

let supervisor: Supervisor;
let cluster: Cluster;
let client: KubernetesClient;
const rows: string[] = [];

beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    // Eight scrapes: on a busy machine a single one can come late by a fifth of the interval.
    config: { vms: { window: "8s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
    bootMs: 1_000,
  });
  client = createKubernetesClient(await readKubeconfig(cluster.controlPlane.admin.kubeconfig));
});

afterAll(async () => {
  say(`\n${rows.length} of ${autoscalers.length} autoscalers of ${page} tried:\n`);
  for (const row of rows) say(row);
  await client.close();
  await supervisor.stop();
});

describe.concurrent("an autoscaler of the page", () => {
  test.for(autoscalers.map((each) => [each.metric.name, each] as const))(
    "on %s reads what the guests do, and follows it to the formula's number",
    async ([name, autoscaler]) => {
      const { scene, before } = await scaled(autoscaler, name.toLowerCase());
      const guests = autoscaler.metric.type === "External" ? 1 : many;
      scene.setTargets(high);
      const rise: Moment[] = [];
      async function look(): Promise<Moment> {
        const moment = await scene.look();
        rise.push(moment);
        return moment;
      }
      await until(look, (now) => isTrue(now) && now.replicas === many && now.running === guests, 330);
      const after = await during(scene.look, 20);
      rows.push(`${name.padEnd(34)} ${[before, after.at(-1)].map(rowOf).join("; then ")}`);
      expect([...rise, ...after].filter(({ active, replicas }) => active !== "True" || replicas > many)).toEqual([]);
      expect(after.filter(({ replicas }) => replicas !== many)).toEqual([]);
      expect(after.at(-1)).toSatisfy(isTrue);
    },
  );
});

describe.concurrent("what the page says goes wrong", () => {
  test("a mean overshoots when growth does not wait for what it added", async () => {
    const latency = documented("storage-readLatencyAverageMilliseconds");
    const text = latency.text.replace(/^ *scaleUp: .*\n/mu, "");
    expect(text).not.toBe(latency.text);
    const { scene } = await scaled({ ...latency, text }, "hasty");
    scene.setTargets(high);
    await until(scene.look, ({ replicas }) => replicas > many, 120);
  });

  test("without reads there is no latency, and the replicas stay", async () => {
    const { scene } = await scaled(documented("storage-readLatencyAverageMilliseconds"), "no-reads");
    scene.setLoad({ total: { readBytesPerSecond: 0 } });
    const { reason } = await until(scene.look, ({ active }) => active === "False", 60);
    expect(reason).toContain("0/0");
    expect((await during(scene.look, 10)).filter(({ replicas }) => replicas !== few)).toEqual([]);
  });

  test("memory that does not fall takes the pool to its limit", async () => {
    const memory = documented("guest-memoryUsedBytes");
    const { scene } = await scaled(memory, "hoarders");
    scene.setLoad({ memoryUsedBytesPerVm: 2.5 * 1024 ** 3 });
    await until(scene.look, ({ replicas }) => replicas === memory.maxReplicas, 400);
  });
});

describe.concurrent("the alert of the page", () => {
  test("finds the guest whose filesystem is full, and no other", async () => {
    const namespace = "full";
    await cluster.kubevirt.createPool({ namespace, name: "web", replicas: 2 });
    cluster.kubevirt.setLoad(namespace, "web-1", { fileSystemUsedBytes: 7.2e9 });
    const [rule = ""] = yamlBlocks(page, "PrometheusRule");
    const { spec } = parse(rule) as { spec: { groups: { rules: { expr: string }[] }[] } };
    const expr = (spec.groups[0]?.rules[0]?.expr ?? "").replace(`"shop"`, `"${namespace}"`);
    const withData = await until(
      async () => query(expr.replace("0.85", "0.1")),
      (vms) => vms.length === 2,
      60,
    );
    expect(withData).toEqual(["web-0", "web-1"]);
    expect(await query(expr)).toEqual(["web-1"]);
  });
});

/** Applies an autoscaler on a low load and waits until it has read that. */
async function scaled(
  autoscaler: DocumentedAutoscaler,
  namespace: string,
): Promise<{ readonly scene: Scene; readonly before: Moment }> {
  const scene = await openScene({ cluster, client }, autoscaler, namespace);
  scene.setTargets(low);
  await scene.apply();
  const before = await until(scene.look, (moment) => isTrue(moment) && moment.replicas === few, 120);
  return { scene, before };
}

function documented(metric: string): DocumentedAutoscaler {
  const found = autoscalers.find(({ metric: { name } }) => name === metric);
  if (found === undefined) throw new Error(`${page} has no autoscaler on ${metric}`);
  return found;
}

function rowOf(moment: Moment | undefined): string {
  return `${moment?.replicas} replicas, read ${moment?.read.toPrecision(4)} of ${moment?.truth.toPrecision(4)}`;
}

/** The virtual machines that an expression has a sample of, as Prometheus answers at this time. */
async function query(expr: string): Promise<readonly string[]> {
  const answer = await fetch(`${cluster.prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const body = (await answer.json()) as { data?: { result: { metric: { name: string } }[] }; error?: string };
  if (body.data === undefined) throw new Error(body.error);
  return body.data.result.map(({ metric }) => metric.name).toSorted();
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
