import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuditedRequest, readAuditLog } from "../../sandbox/audit-log.ts";
import { autoscaler, averageRatioMetric, externalMetric, objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { type AutoscalerState, autoscalerStates } from "../support/autoscaler.ts";
import { type Asked, startSteadyRequests } from "../support/steady-requests.ts";
import { until } from "../support/until.ts";

/** Two replicas of the adapter with the flags of the manifest and the default shutdown, under 50 autoscalers. */

const namespaces = Array.from({ length: 10 }, (_, index) => `team-${index}`);
/** In each namespace, and what the autoscaler of each asks for. Two members with 0.4 cores each: all say 2. */
const metricByPool: Readonly<Record<string, object>> = {
  a: objectMetric("a"),
  b: objectMetric("b"),
  c: objectMetric("c"),
  ratio: averageRatioMetric("ratio", "260m"),
  external: externalMetric(["external-0", "external-1"]),
};
const pools = namespaces.flatMap((namespace) => Object.keys(metricByPool).map((name) => ({ namespace, name })));
const members = 2;
const totalCores = 0.8;

let supervisor: Supervisor;
let cluster: Cluster;
let client: KubernetesClient;

beforeAll(async () => {
  supervisor = createSupervisor();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: { vms: { window: "8s" }, cache: { ttl: "1s" } },
    bootMs: 1_000,
    replicas: 2,
  });
  const { kubevirt, controlPlane } = cluster;
  client = createKubernetesClient(await readKubeconfig(controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });

  for (const { namespace, name } of pools) kubevirt.setPoolLoad(namespace, name, { totalCores });
  await Promise.all(pools.map(async (pool) => kubevirt.createPool({ ...pool, replicas: members })));
  await until(
    async () => Promise.all(pools.map(async (_, index) => ask(index))),
    (failures) => failures.every((failure) => failure === undefined),
    60,
  );
  const items = pools.map(({ namespace, name }) =>
    // Room on either side, so that a wrong number shows.
    autoscaler(namespace, name, metricByPool[name] ?? {}, { min: 1, max: 4 }),
  );
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await until(states, (all) => all.length === pools.length && all.every(isAtWork), 60);
});

afterAll(async () => {
  await supervisor.stop();
});

describe("50 autoscalers with two replicas", () => {
  test("miss no answer while the replicas are stopped and started in turn [wire 24] [wire 36]", async () => {
    const rounds = 4;
    const beginMs = Date.now();
    const course = await watch(async () => {
      for (let round = 0; round < rounds; round += 1) {
        for (const adapter of cluster.adapters) {
          await adapter.stop();
          await adapter.restart();
        }
      }
    });
    say(`${rounds * cluster.adapters.length} restarts: ${summaryOf(course)}`);
    expect(course.audited.filter(hasFailed)).toEqual([]);
    expect(course.asked.filter(hasFailed)).toEqual([]);
    expect(course.states.filter((state) => !isAtWork(state))).toEqual([]);
    expect(await failureEventsSince(beginMs)).toEqual([]);
    expect(course.audited.length).toBeGreaterThan(300); // or nothing was looked at
  });

  test("keep their replicas when one dies, and are at work again within 15 s", async () => {
    const [adapter] = cluster.adapters;
    let killedMs = 0;
    const course = await watch(async () => {
      killedMs = Date.now();
      await adapter?.kill();
      await delay(5_000); // by then whoever missed an answer has said so
      await until(states, (all) => all.every(isAtWork), 10);
    });
    say(`one killed: ${summaryOf(course)}`);
    const failedMs = [...course.asked, ...course.audited]
      .filter(hasFailed)
      .map((request) => request.startedMs - killedMs);
    say(`  failed ones were sent up to ${Math.max(0, ...failedMs)} ms after it`);
    expect(course.states.filter(({ replicas }) => replicas !== members)).toEqual([]);
  });
});

/** What happened while something was done. */
interface Course {
  /** Requests of a client that asks 20 times a second. */
  readonly asked: readonly Asked[];
  /** Requests of the autoscalers. */
  readonly audited: readonly Asked[];
  /** Of every autoscaler, about each second. */
  readonly states: readonly AutoscalerState[];
}

async function watch(action: () => Promise<void>): Promise<Course> {
  const before = readAuditLog(cluster.controlPlane.auditLog).length;
  const requests = startSteadyRequests(ask, 20);
  const over = new AbortController();
  const seen = watchStates(over.signal);
  try {
    await action();
  } finally {
    over.abort();
    await requests.stop();
  }
  const audited = readAuditLog(cluster.controlPlane.auditLog).slice(before);
  return {
    asked: requests.asked,
    audited: audited.filter(({ user }) => user.endsWith(":horizontal-pod-autoscaler")).map(askedOf),
    states: await seen,
  };
}

async function watchStates(signal: AbortSignal): Promise<readonly AutoscalerState[]> {
  const seen: AutoscalerState[] = [];
  while (!signal.aborted) {
    seen.push(...(await states()));
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
  return seen;
}

async function states(): Promise<readonly AutoscalerState[]> {
  return autoscalerStates(cluster.controlPlane);
}

function isAtWork({ scalingActive, replicas }: AutoscalerState): boolean {
  return scalingActive === "True" && replicas === members;
}

/** Asks for the metric of one pool after the other through the aggregation layer; answers why it failed. */
async function ask(index: number): Promise<string | undefined> {
  const { namespace = "", name = "" } = pools[index % pools.length] ?? {};
  const metric = name === "ratio" ? "cpu-usageAverageRatio" : "cpu-usageCores";
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${name}/${metric}`;
  const answer = await client.get(path);
  return answer.ok ? undefined : `${path}: ${answer.error.code ?? "no answer"} ${answer.error.message}`;
}

/** Events that say that an autoscaler did not get its metric; before the first figures of a pool there are some. */
async function failureEventsSince(sinceMs: number): Promise<readonly string[]> {
  const { stdout } = await cluster.controlPlane.kubectl(["get", "events", "-A", "-o", "json"]);
  const { items } = JSON.parse(stdout) as {
    readonly items: readonly Readonly<Record<"reason" | "message" | "lastTimestamp", string>>[];
  };
  return items
    .filter(({ reason, lastTimestamp }) => reason.startsWith("Failed") && Date.parse(lastTimestamp) > sinceMs)
    .map(({ reason, message }) => `${reason}: ${message}`);
}

function askedOf({ uri, code, receivedMs, durationMs }: AuditedRequest): Asked {
  return { startedMs: receivedMs, durationMs, failure: code === 200 ? undefined : `${uri}: ${code}` };
}

function hasFailed({ failure }: Asked): boolean {
  return failure !== undefined;
}

function summaryOf({ asked, audited }: Course): string {
  const all = [...asked, ...audited];
  const slowestMs = Math.max(...all.map(({ durationMs }) => durationMs));
  const counts = `${asked.length} requests of a client, ${audited.length} of autoscalers`;
  return `${counts}, ${all.filter(hasFailed).length} failed, slowest ${slowestMs} ms`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
