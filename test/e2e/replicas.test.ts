import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditedRequest } from "../../sandbox/audit-log.ts";
import { averageRatioMetric, externalMetric, objectMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, type KubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { createAutoscaledPools, isAtWork } from "../support/autoscaled-pools.ts";
import { autoscalerStates } from "../support/autoscaler.ts";
import { type AutoscalerRecord, isByAutoscaler, recordAutoscalers } from "../support/autoscaler-record.ts";
import { type Asked, startSteadyRequests } from "../support/steady-requests.ts";
import { until } from "../support/until.ts";

/** Two replicas of the adapter with the flags of the manifest and the default shutdown, under 50 autoscalers. */

const namespaces = Array.from({ length: 10 }, (_, index) => `team-${index}`);
/** In each namespace, and what the autoscaler of each asks for. */
const metricByPool: Readonly<Record<string, object>> = {
  a: objectMetric("a"),
  b: objectMetric("b"),
  c: objectMetric("c"),
  ratio: averageRatioMetric("ratio", "260m"),
  external: externalMetric(["external-0", "external-1"]),
};
const pools = namespaces.flatMap((namespace) =>
  Object.entries(metricByPool).map(([name, metric]) => ({ namespace, name, metric })),
);

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
  client = createKubernetesClient(await readKubeconfig(cluster.controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  await createAutoscaledPools({ cluster, client }, pools);
});

afterAll(async () => {
  await supervisor.stop();
});

describe("50 autoscalers with two replicas", () => {
  test("miss no answer while the replicas are stopped and started in turn [wire 24] [wire 36]", async () => {
    const rounds = 4;
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
    expect(course.complaints).toEqual([]);
    expect(course.audited.length).toBeGreaterThan(300); // or nothing was looked at
  });

  test("keep their replicas when one dies, and are at work again within 15 s", async () => {
    const [adapter] = cluster.adapters;
    let killedMs = 0;
    const course = await watch(async () => {
      killedMs = Date.now();
      await adapter?.kill();
      await delay(5_000); // by then whoever missed an answer has said so
      await until(
        async () => autoscalerStates(client),
        (all) => all.every(isAtWork),
        10,
      );
    });
    say(`one killed: ${summaryOf(course)}`);
    const failedMs = [...course.asked, ...course.audited]
      .filter(hasFailed)
      .map((request) => request.startedMs - killedMs);
    say(`  failed ones were sent up to ${Math.max(0, ...failedMs)} ms after it`);
    expect(course.states.filter(({ replicas }) => replicas !== 2)).toEqual([]);
  });
});

/** What happened while something was done. */
interface Course extends Pick<AutoscalerRecord, "states" | "complaints"> {
  /** Requests of a client that asks 20 times a second. */
  readonly asked: readonly Asked[];
  /** Requests of the autoscalers. */
  readonly audited: readonly Asked[];
}

async function watch(action: () => Promise<void>): Promise<Course> {
  const requests = startSteadyRequests(ask, 20);
  const record = await recordAutoscalers(cluster.controlPlane, client, async () => {
    try {
      await action();
    } finally {
      await requests.stop();
    }
  });
  return { ...record, asked: requests.asked, audited: record.audited.filter(isByAutoscaler).map(askedOf) };
}

/** Asks for the metric of one pool after the other through the aggregation layer; answers why it failed. */
async function ask(index: number): Promise<string | undefined> {
  const { namespace = "", name = "" } = pools[index % pools.length] ?? {};
  const metric = name === "ratio" ? "cpu-usageAverageRatio" : "cpu-usageCores";
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${name}/${metric}`;
  const answer = await client.get(path);
  return answer.ok ? undefined : `${path}: ${answer.error.code ?? "no answer"} ${answer.error.message}`;
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
