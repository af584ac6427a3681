import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { startBackfilledPrometheus } from "../support/backfill.ts";
import {
  aggregateCases,
  aliasCases,
  externalCases,
  instanceCases,
  instances,
  machineCases,
  podCases,
  prefixCases,
  type Subjects,
} from "../support/catalogue-cases.ts";
import { createPast } from "../support/catalogue-past.ts";
import { deviceCases } from "../support/device-cases.ts";
import { ignore } from "../support/ignore.ts";
import { activePodOf } from "../support/kubevirt-inventory.ts";
import { askAll, type MetricCase } from "../support/metric-case.ts";
import { providerOn } from "../support/provider.ts";
import { startTimeMachine } from "../support/time-machine.ts";

const past = createPast({ version: "v1.9", nowMs: Math.floor(Date.now() / 1_000) * 1_000 - 60_000 });
const { nowMs, inventory } = past;
const subjects = { metrics: catalogue, inventory, truths: past.truths };

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  const prometheus = await startBackfilledPrometheus({ supervisor, directory, nowMs, series: past.series });
  const timeMachine = await supervisor.own(await startTimeMachine(prometheus.url));
  provider = providerOn(timeMachine.at(nowMs), inventory, { wallClock: () => nowMs });
});

afterAll(async () => {
  await supervisor.stop();
});

/** The namespace with the strangest names. */
function devicesOfTeamA({ truths, ...all }: Subjects): readonly MetricCase[] {
  return deviceCases({ ...all, truths: truths.filter(({ namespace }) => namespace === "team-a") });
}

/** 104 metrics of 14 instances are 1456 figures or absences. */
describe("each metric of the catalogue is true, or absent where nothing is known, of", () => {
  test.for([
    ["instances", instanceCases, 985, 471],
    ["virtual machines", machineCases, 837, 515],
    ["instances in other units", aliasCases, 1_101, 789],
    ["launcher pods", podCases, 975, 689],
    ["a pool and a replica set", aggregateCases, 753, 245],
    ["a namespace, by names that begin with a virtual machine's", prefixCases, 985, 471],
    ["external metrics", externalCases, 1_892, 471],
    ["devices of a namespace", devicesOfTeamA, 1_424, 2_452],
  ] as const)("%s", async ([, casesOf, figures, absences]) => {
    const outcome = await askAll(provider, casesOf(subjects));
    expect(outcome.wrong).toEqual([]);
    expect([outcome.figures, outcome.absences]).toEqual([figures, absences]);
  });
});

const resources = {
  instance: instances,
  machine: { group: "kubevirt.io", resource: "virtualmachines" },
  pod: { group: "", resource: "pods" },
  pool: { group: "pool.kubevirt.io", resource: "virtualmachinepools" },
};

async function read(
  metric: string,
  resource: keyof typeof resources,
  namespace: string,
  name: string,
): Promise<number | MetricError> {
  const target = { by: "name", name } as const;
  const asked = { metric, resource: resources[resource], namespace, target, metricSelector: [] };
  const answer = await provider.read(asked, ignore);
  return answer.ok ? (answer.value[0]?.value ?? NaN) : answer.error;
}

const long = "a-very-long-vm-name-that-goes-past-the-limit-of-sixty-three-characters-on-purpose";
const podOfAB = activePodOf("a.b");

test.for([
  // One more was counted, which no float64 can say.
  ["network-receiveBytesTotal", "instance", "team-a", "cpu", 9_007_199_269_740_992],
  ["cpu-usageCores", "instance", "a", "vm0", 21 / 29.998],
  ["cpu-usageMillicores", "instance", "a", "vm0", 21_000 / 29.998],
  ["guest-stateCode", "machine", "a", "vm0", 3],
  ["guest-stateCode", "machine", "team-a", "new", 0],
  ["guest-stateCode", "instance", "team-a-b", "hung", 1],
  ["vcpu-currentCount", "instance", "team-a", long, 3],
  ["network_Net_1-receiveBytesTotal", "pod", "team-a", podOfAB, 1_005_000_001],
  ["storage_root.disk-readBytesTotal", "pod", "team-a", podOfAB, 10_001_232_896],
  ["storage_data+1-readKiBTotal", "pod", "team-a", podOfAB, 10_001_236_992 / 1_024],
  ["network_with_underscore-receiveBytesTotal", "instance", "team-a", long, 3_012_000_001],
  [
    "guest-memoryUsedAverageBytes",
    "pool",
    "team-a-b",
    "web",
    (2_096_274_432 - 418_816_000 + 2_096_273_408 - 419_840_000) / 2,
  ],
  ["migration-memoryProcessedKiB", "instance", "team-a", "web-migration", 4_362_076_160 / 1_024],
] as const)("%s of %s %s/%s is %d", async ([metric, resource, namespace, name, value]) => {
  expect(await read(metric, resource, namespace, name)).toBeCloseTo(value, 9);
});

const notRunning = { kind: "noValue", absence: { why: "notRunning" } };
const neverReported = { kind: "noValue", absence: { why: "neverReported" } };
const noKnown = { kind: "unfedMetric", reason: "no known exporter provides it" };
const domainState = { kind: "unfedMetric", reason: "it needs collectd's virt plugin with ExtraStats domain_state" };
const jobStats = {
  kind: "unfedMetric",
  reason: "it needs collectd's virt plugin with ExtraStats job_stats_background",
};

test.for([
  ["guest-stateCode", "machine", "a", "stopped.vm", notRunning],
  ["cpu-usageCores", "instance", "team-a-b", "hung", neverReported],
  ["cpu-usageCores", "instance", "team-a", "new", neverReported],
  ["network_none-receiveBytesTotal", "instance", "team-a", long, { kind: "noValue", absence: { why: "noDevice" } }],
  ["cpu-usageRatio", "pool", "team-a-b", "web", { kind: "ambiguousAggregate" }],
  ["migration-memoryProcessedKiB", "instance", "team-a", "cpu", { absence: { why: "noMigration" } }],
  ["storage-deviceThresholdBytes", "instance", "team-a", "a.b", noKnown],
  ["guest-stateReasonCode", "instance", "team-a", "a.b", domainState],
  ["migration-downtimeSeconds", "instance", "team-a", "web-migration", jobStats],
] as const)("%s of %s %s/%s is %o", async ([metric, resource, namespace, name, error]) => {
  expect(await read(metric, resource, namespace, name)).toMatchObject(error);
});

describe("discovery", () => {
  test("lists each metric of a resource once, in a fixed order", () => {
    const listed = provider.list().map(({ resource: { group, resource }, metric }) => `${resource}.${group}/${metric}`);
    expect(listed.length).toBeGreaterThan(600);
    expect(new Set(listed).size).toBe(listed.length);
    expect(provider.list()).toEqual(providerOn("http://127.0.0.1:9", inventory).list());
  });

  test("says of each resource one thing about namespaces", () => {
    const said = new Set(provider.list().map(({ resource, namespaced }) => `${resource.resource} ${namespaced}`));
    expect(said.size).toBe(new Set(provider.list().map(({ resource }) => resource.resource)).size);
  });

  test("lists what can be fed and nothing else", () => {
    const fed = catalogue.filter(({ unfed }) => unfed === undefined).map(({ name }) => name);
    expect(provider.listExternal()).toEqual(fed.toSorted());
  });
});
