import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditedRequest } from "../../sandbox/audit-log.ts";
import { averageRatioMetric, externalMetric, objectMetric, podsMetric } from "../../sandbox/autoscaler.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createKubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { freePort } from "../../sandbox/processes.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { parseDuration } from "../../src/naming/duration.ts";
import { type AutoscaledPool, createAutoscaledPools, isAtWork } from "../support/autoscaled-pools.ts";
import { type AutoscalerRecord, isByAutoscaler, recordAutoscalers } from "../support/autoscaler-record.ts";
import { type Holdings, readHoldings } from "../support/holdings.ts";
import { connectInspector } from "../support/inspector.ts";

/** 50 autoscalers, five of each kind of metric, for as long as SOAK says: `2m` by default. What leaks slowly shows in longer runs. */

const soakMs = durationOfSoak(process.env["SOAK"] ?? "2m");
const syncPeriodMs = 2_000;
const sampleMs = 5_000;
/**
 * So many connections may have been opened while all others were taken: the controller has five workers
 * (`--concurrent-horizontal-pod-autoscaler-syncs`), and the API server keeps connections of their own for custom and for
 * external metrics, idle ones for 90 s.
 */
const explained = 10;
const namespaces = Array.from({ length: 5 }, (_, index) => `team-${index}`);

const poolKind = ["pool.kubevirt.io/v1beta1", "VirtualMachinePool"] as const;
/** What the autoscaler of a pool of that name asks for. Of all pools of a namespace two members have 0.4 cores each. */
const metricByPool: Readonly<Record<string, (namespace: string) => object>> = {
  cores: () => objectMetric("cores"),
  ratio: () => averageRatioMetric("ratio", "260m"),
  memory: () => ofObject(poolKind, "memory", "guest-memoryUsedBytes", "320Mi"),
  device: () => ofObject(poolKind, "device", "network_default-receiveBytesPerSecond", "1250"),
  pods: () => podsMetric,
  machine: () => ofObject(["kubevirt.io/v1", "VirtualMachine"], "machine-0", "cpu-usageCores", "250m"),
  namespace: (namespace) => ofObject(["v1", "Namespace"], namespace, "cpu-usageCores", "5"),
  prefixed: (namespace) => ofObject(["v1", "Namespace"], namespace, "prefixed-0-cpu-usageCores", "250m"),
  external: () => externalMetric(["external-0", "external-1"]),
  outside: () => ({
    type: "External",
    external: { metric: { name: "outside-0-cpu-usageCores" }, target: each("250m") },
  }),
};
const pools: readonly AutoscaledPool[] = namespaces.flatMap((namespace) =>
  Object.entries(metricByPool).map(([name, metricIn]) => ({ namespace, name, metric: metricIn(namespace) })),
);

let supervisor: Supervisor;
let cluster: Cluster;
let record: AutoscalerRecord;
let logged: readonly string[];
const holdings: Holdings[] = [];

beforeAll(async () => {
  supervisor = createSupervisor();
  const inspectorPort = await freePort();
  cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: { vms: { window: "16s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
    hpa: { syncPeriodMs },
    // A gauge is gone after two intervals; so much can a busy machine be late.
    scrapeIntervalMs: 2_000,
    bootMs: 1_000,
    nodeArgs: [`--inspect=127.0.0.1:${inspectorPort}`],
  });
  const { controlPlane, adapter } = cluster;
  const client = createKubernetesClient(await readKubeconfig(controlPlane.admin.kubeconfig));
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  const inspector = await supervisor.own(await connectInspector(inspectorPort));
  await createAutoscaledPools({ cluster, client }, pools);

  const loggedBefore = apiServerLog().length;
  record = await recordAutoscalers(controlPlane, client, async () => {
    const endMs = performance.now() + soakMs;
    while (performance.now() < endMs) {
      holdings.push(await readHoldings(adapter.pid(), inspector));
      await delay(sampleMs);
    }
  });
  logged = apiServerLog().slice(loggedBefore);
});

afterAll(async () => {
  await supervisor.stop();
});

describe("50 autoscalers on one adapter", () => {
  test("ask again and again, and get an answer each time [wire 36]", () => {
    const asked = record.audited.filter(isByAutoscaler);
    say(
      `${asked.length} requests of autoscalers in ${soakMs / 1_000} s, the slowest in ${Math.max(...asked.map(durationOf))} ms`,
    );
    expect(record.audited.filter(({ code }) => code !== 200)).toEqual([]);
    const byAutoscaler = Object.entries(Object.groupBy(asked, ({ uri }) => uri));
    expect(byAutoscaler).toHaveLength(pools.length);
    // At its pace; on a busy machine the controller needs longer for a round.
    const least = soakMs / syncPeriodMs / 4;
    expect(byAutoscaler.filter(([, requests = []]) => requests.length < least)).toEqual([]);
  });

  test("want what follows from the load of the guests all the time, and do not complain [wire 36]", () => {
    expect(record.states.length).toBeGreaterThan(pools.length * 10);
    expect(record.states.filter((state) => !isAtWork(state))).toEqual([]);
    expect(record.complaints).toEqual([]);
  });

  test("leave no handle and no memory behind", () => {
    // The first third warms up.
    const third = Math.floor(holdings.length / 3);
    const [before, after] = [leastOf(holdings.slice(third, 2 * third)), leastOf(holdings.slice(2 * third))];
    say(`held at least in the second third: ${JSON.stringify(before)}\n  and in the last: ${JSON.stringify(after)}`);
    const megabytes = holdings.map(({ memoryBytes }) => (memoryBytes / 1e6).toFixed(2));
    say(`megabytes every ${sampleMs / 1_000} s: ${megabytes.join(" ")}`);
    const grown = Object.entries(after.handles).map(([kind, count]) => [kind, count - (before.handles[kind] ?? 0)]);
    expect(grown.filter(([, more]) => Number(more) > explained)).toEqual([]);
    expect(after.memoryBytes - before.memoryBytes).toBeLessThan(1_000_000);
  });

  test("give the API server no reason to log an error [wire 19] [wire 20] [wire 36]", () => {
    expect(logged.filter((entry) => /^E.*(?:custom|external)\.metrics\.k8s\.io/su.test(entry))).toEqual([]);
  });
});

function durationOfSoak(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`Cannot soak for ${JSON.stringify(text)}: not a duration such as "10m"`);
  return ms;
}

/** The least of each that was held at any of these moments: what requests under way hold beside it comes and goes. */
function leastOf(moments: readonly Holdings[]): Holdings {
  const kinds = new Set(moments.flatMap(({ handles }) => Object.keys(handles)));
  const least = [...kinds].map((kind) => [kind, Math.min(...moments.map(({ handles }) => handles[kind] ?? 0))]);
  return {
    handles: Object.fromEntries(least) as Holdings["handles"],
    memoryBytes: Math.min(...moments.map(({ memoryBytes }) => memoryBytes)),
  };
}

function durationOf({ durationMs }: AuditedRequest): number {
  return durationMs;
}

function ofObject([apiVersion, kind]: readonly [string, string], name: string, metric: string, target: string): object {
  return {
    type: "Object",
    object: { describedObject: { apiVersion, kind, name }, metric: { name: metric }, target: each(target) },
  };
}

function each(quantity: string): object {
  return { type: "AverageValue", averageValue: quantity };
}

/** Entries of its log, each from its letter (I, W, E) on; what an error says is on lines of their own. */
function apiServerLog(): readonly string[] {
  return readFileSync(cluster.controlPlane.logFiles.apiServer, "utf8").split(/^(?=[IWEF]\d{4} )/mu);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
