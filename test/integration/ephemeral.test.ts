import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { Migration, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { type BackfilledPrometheus, type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { ignore } from "../support/ignore.ts";
import { inventory, store, vmi } from "../support/inventory.ts";
import { providerOn } from "../support/provider.ts";

const second = 1_000;
const scrapeMs = 15 * second;

/** A migration of a virtual machine: when it began and ended, and what it reported; in seconds before now. */
interface Course {
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly remaining: number;
}

/** Each virtual machine is called after what happened to it. */
const courses: Readonly<Record<string, readonly Course[]>> = {
  "never-migrated": [],
  migrates: [{ node: "n1", from: 100, to: 0, remaining: 7 }],
  "has-migrated": [{ node: "n1", from: 150, to: 60, remaining: 30 }],
  "has-migrated-long-ago": [{ node: "n1", from: 1_500, to: 1_400, remaining: 30 }],
  "migrates-again": [
    { node: "n1", from: 200, to: 80, remaining: 900 },
    { node: "n2", from: 40, to: 0, remaining: 7 },
  ],
  "migrates-again-without-a-sample-yet": [
    { node: "n1", from: 200, to: 80, remaining: 900 },
    { node: "n2", from: 1, to: 0, remaining: NaN },
  ],
  "is-old-and-has-migrated": [
    { node: "n1", from: 2_900, to: 2_880, remaining: 900 },
    { node: "n1", from: 1_500, to: 1_480, remaining: 30 },
  ],
  "is-another-one-of-the-name": [{ node: "n1", from: 3_000, to: 2_900, remaining: 30 }],
};

let supervisor: Supervisor;
let prometheus: BackfilledPrometheus;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  const series = Object.entries(courses).flatMap(([name, all]) => [
    heartbeat(name),
    ...all.filter(({ remaining }) => !Number.isNaN(remaining)).map((course) => samplesOf(name, course)),
  ]);
  prometheus = await startBackfilledPrometheus({ supervisor, directory, series });
});

afterAll(async () => {
  await supervisor.stop();
});

function heartbeat(name: string): BackfillSeries {
  return {
    series: `kubevirt_vmi_cpu_usage_seconds_total{namespace="shop",name="${name}",node="n1",job="a"}`,
    samples: Array.from({ length: 200 }, (_, index) => ({ atMs: (index - 199) * scrapeMs, value: index })),
  };
}

/** One every five seconds, with the times at which virt-handler polled; nothing marks that they ended. */
function samplesOf(name: string, { node, from, to, remaining }: Course): BackfillSeries {
  const count = Math.floor((from - to) / 5);
  return {
    series: `kubevirt_vmi_migration_data_remaining_bytes{namespace="shop",name="${name}",node="${node}",job="a"}`,
    samples: Array.from({ length: count }, (_, index) => ({ atMs: (index * 5 - from + 2) * second, value: remaining })),
  };
}

/** What the API says: only of the newest migration. All machines but the old one were created 2,000 s ago. */
function machine(name: string, courseOf: readonly Course[]): VirtualMachineInstance {
  const last = courseOf.at(-1);
  const createdAtMs = prometheus.nowMs - (name.startsWith("is-old") ? 100 * 86_400 : 2_000) * second;
  const isOwn = last !== undefined && last.from < 2_000;
  return vmi(name, { createdAtMs, runningSinceMs: createdAtMs, ...(isOwn ? { migration: stateOf(last) } : {}) });
}

function stateOf({ from, to }: Course): Migration {
  const at = { startedAtMs: prometheus.nowMs - from * second, endedAtMs: prometheus.nowMs - to * second };
  const { endedAtMs: _, ...running } = at;
  return { sourceNode: "n1", targetNode: "n2", targetPod: "p", ...(to === 0 ? running : at) };
}

/** A replica of the adapter with this configuration. */
function replica(ephemeral: Readonly<Record<string, unknown>>) {
  const machines = Object.entries(courses).map(([name, all]) => machine(name, all));
  const provider = providerOn(prometheus.url, inventory({ virtualMachineInstances: store(machines) }), {
    vms: { ephemeral },
  });
  /** The value and when it was taken, in seconds before now; or why there is none. */
  return async (name: string): Promise<readonly unknown[]> => {
    const answer = await provider.read(
      {
        metric: "migration-dataRemainingBytes",
        resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
        namespace: "shop",
        target: { by: "name", name },
        metricSelector: [],
      },
      ignore,
    );
    if (!answer.ok) return ["absence" in answer.error ? answer.error.absence.why : answer.error.kind];
    return answer.value.map(({ value, timestampMs }) => [value, (prometheus.nowMs - timestampMs) / second]).flat();
  };
}

const modes: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  live: {
    "never-migrated": ["noMigration"],
    migrates: [7, 3],
    "has-migrated": ["noMigration"],
    "has-migrated-long-ago": ["noMigration"],
    "is-old-and-has-migrated": ["noMigration"],
    "migrates-again": [7, 3],
    "migrates-again-without-a-sample-yet": ["warmingUp"],
    "is-another-one-of-the-name": ["noMigration"],
  },
  keepLast: {
    "never-migrated": ["noMigration"],
    migrates: [7, 3],
    "has-migrated": [30, 63],
    "has-migrated-long-ago": [30, 1_403],
    "is-old-and-has-migrated": [30, 1_483],
    "migrates-again": [7, 3],
    "migrates-again-without-a-sample-yet": [900, 83],
    "is-another-one-of-the-name": ["noMigration"],
  },
};

describe.for(Object.entries(modes))("mode %s", ([mode, expected]) => {
  test.for(Object.entries(expected))("%s: %j", async ([name, figure]) => {
    expect(await replica({ mode })(name)).toEqual(figure);
  });
});

test.for([
  ["never-migrated", -1],
  ["migrates", 7],
  ["has-migrated", -1],
  ["migrates-again-without-a-sample-yet", -1],
] as const)("mode always, of one that %s: %d", async ([name, value]) => {
  const [answered, ageSeconds] = await replica({ mode: "always", special: -1 })(name);
  expect(answered).toBe(value);
  expect(Math.abs(Number(ageSeconds))).toBeLessThan(60);
});

test.for(["live", "keepLast"])(
  "mode %s: a replica that was asked all the time and one that was not agree",
  async (mode) => {
    const [asked, fresh] = [replica({ mode }), replica({ mode })];
    const names = Object.keys(courses);
    for (const name of [...names, ...names]) await asked(name);
    const answers = await Promise.all(names.map(async (name) => [await asked(name), await fresh(name)]));
    expect(answers.map(([, answer]) => answer)).toEqual(answers.map(([answer]) => answer));
  },
);
