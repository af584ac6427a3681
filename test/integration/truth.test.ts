import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { Reading } from "../../src/query/provider.ts";
import type { Inventory, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { type BackfilledPrometheus, type BackfillSeries, startBackfilledPrometheus } from "../support/backfill.ts";
import { ignore } from "../support/ignore.ts";
import { inventory, store, vmi } from "../support/inventory.ts";
import { providerOn } from "../support/provider.ts";

const second = 1_000;
const minute = 60 * second;
const intervalMs = 30 * second;
/** Every virtual machine uses half a core. */
const cores = 0.5;
const newName = "kubevirt_vmi_cpu_usage_seconds_total";
/** Before KubeVirt v1.1: a gauge of whole seconds. */
const oldName = "kubevirt_vmi_cpu_usage_seconds";

/** What a virtual machine has been through: something happened to it `agoMs` ago. */
interface Story {
  readonly title: string;
  /** Its series; `at` are its scrapes, the oldest first, in milliseconds before now. */
  readonly series: (labels: string, at: readonly number[], agoMs: number) => readonly BackfillSeries[];
  readonly instance: (nowMs: number, agoMs: number) => Partial<VirtualMachineInstance>;
  /** Whether it may be without a figure so long after what happened; never, if it must not go missing. */
  readonly mayBeUnknown: (agoMs: number) => boolean;
}

const stories: readonly Story[] = [
  {
    title: "has booted",
    series: (labels, at, agoMs) => [counter(newName, labels, since(at, agoMs), (ms) => cores * (agoMs - ms))],
    instance: startedAt,
    mayBeUnknown: youngerThanThreeScrapes,
  },
  {
    title: "was restarted, and used four cores before",
    series: (labels, at, agoMs) => [
      {
        series: `${newName}{${labels}}`,
        samples: [
          ...counter(newName, labels, before(at, agoMs + 10 * second), (ms) => 4 * (20 * minute - ms)).samples,
          ...counter(newName, labels, since(at, agoMs), (ms) => cores * (agoMs - ms)).samples,
        ],
      },
    ],
    instance: startedAt,
    mayBeUnknown: youngerThanThreeScrapes,
  },
  {
    title: "has migrated",
    series: (labels, at, agoMs) => [
      counter(newName, `${labels},node="n1"`, before(at, agoMs), sinceLongAgo),
      counter(newName, `${labels},node="n2"`, since(at, agoMs), (ms) => cores * (agoMs - ms)),
    ],
    instance: startedLongAgo,
    mayBeUnknown: () => false,
  },
  {
    // KubeVirt labels an instance with the target as soon as the migration begins; nodes are scraped at different times.
    title: "has migrated, with other labels in its last scrape before",
    series: (labels, at, agoMs) => {
      const source = before(at, agoMs);
      const target = since(
        at.map((ms) => ms - 23 * second),
        agoMs,
      );
      return [
        counter(newName, `${labels},node="n1"`, source.slice(0, -1), sinceLongAgo),
        counter(newName, `${labels},node="n1",kubernetes_vmi_label_target="n2"`, source.slice(-1), sinceLongAgo),
        counter(newName, `${labels},node="n2"`, target, (ms) => cores * (agoMs - ms)),
      ];
    },
    instance: startedLongAgo,
    mayBeUnknown: () => false,
  },
  {
    title: "got new names of its series by an upgrade",
    series: (labels, at, agoMs) => [
      counter(oldName, labels, before(at, agoMs), wholeSeconds),
      counter(newName, labels, since(at, agoMs), sinceLongAgo),
    ],
    instance: startedLongAgo,
    mayBeUnknown: () => false,
  },
  {
    title: "got old names of its series back when the upgrade was rolled back",
    series: (labels, at, agoMs) => [
      counter(newName, labels, before(at, agoMs), sinceLongAgo),
      counter(oldName, labels, since(at, agoMs), wholeSeconds),
    ],
    instance: startedLongAgo,
    mayBeUnknown: () => false,
  },
  {
    title: "is scraped by a Prometheus that was emptied",
    series: (labels, at, agoMs) => [
      counter(newName, labels, since(at, agoMs), (ms) => cores * (24 * 60 * minute - ms)),
    ],
    instance: startedLongAgo,
    mayBeUnknown: youngerThanThreeScrapes,
  },
];

/** Its samples ended when it began to hang, and nothing else happened to it. */
const hung = stories.length;
const hangs: Story = {
  title: "hangs",
  series: (labels, at, agoMs) => [counter(newName, labels, before(at, agoMs), sinceLongAgo)],
  instance: startedLongAgo,
  mayBeUnknown: (agoMs) => agoMs > 2 * minute,
};
const worlds = [...stories, hangs];

/** What a gauge says of a virtual machine of which scrapes so many seconds ago saw its memory, and others that it runs. */
const gauges: readonly {
  readonly title: string;
  readonly createdAgo: number;
  readonly memoryAgo: readonly number[];
  readonly seenAgo: readonly number[];
  readonly value?: number;
}[] = [
  { title: "is as of the last scrape", createdAgo: 900, memoryAgo: [65, 35, 5], seenAgo: [65, 35, 5], value: 1 },
  { title: "outlives a scrape that fails", createdAgo: 900, memoryAgo: [95, 65], seenAgo: [95, 65], value: 1 },
  {
    title: "does not outlive a scrape that does not have it",
    createdAgo: 900,
    memoryAgo: [95, 65],
    seenAgo: [95, 65, 35, 5],
  },
  {
    title: "is not inherited from an earlier instance",
    createdAgo: 70,
    memoryAgo: [125, 95],
    seenAgo: [125, 95, 35, 5],
  },
];

/** The name of a virtual machine that is about something. */
function slug(title: string): string {
  return title.replaceAll(" ", "-");
}

function gaugeSeries(): readonly BackfillSeries[] {
  return gauges.flatMap(({ title, memoryAgo, seenAgo }) => {
    const labels = `namespace="gauges",name="${slug(title)}",job="kubevirt"`;
    const [memory, seen] = [memoryAgo, seenAgo].map((ago) => ago.map((seconds) => seconds * second));
    return [
      counter("kubevirt_vmi_memory_resident_bytes", labels, memory ?? [], () => second),
      counter(newName, labels, seen ?? [], sinceLongAgo),
    ];
  });
}

/** A pool that grew from two members to four, of which each does half of what each did before. */
const poolMembers = ["a", "b", "c", "d"].map((name, index) => ({ name, old: index < 2, phase: index }));

function grownPool(agoMs: number): readonly BackfillSeries[] {
  return poolMembers.map(({ name, old, phase }) => {
    const labels = `namespace="${ofPool(agoMs).namespace}",name="${name}",job="kubevirt"`;
    const at = scrapesOf(agoMs + phase * second);
    return old
      ? counter(newName, labels, at, (ms) => 20 * minute - ms - 0.5 * Math.max(0, agoMs - ms))
      : counter(newName, labels, since(at, agoMs), (ms) => 0.5 * (agoMs - ms));
  });
}

/** The metric of all members of the pool that grew so long ago. */
function ofPool(agoMs: number) {
  return { metric: "cpu-usageCores", namespace: `pool-${agoMs / second}` };
}

/** From just now until well past the default window of two minutes. */
const ages = Array.from({ length: 201 }, (_, index) => index * 3 * second);
/** How far the clock of the adapter is off. */
const skews = [0, -minute, minute];
let supervisor: Supervisor;
let prometheus: BackfilledPrometheus;
let cluster: Inventory;

beforeAll(async () => {
  supervisor = createSupervisor();
  prometheus = await startBackfilledPrometheus({
    supervisor,
    directory: await temporaryFolder(supervisor),
    series: [
      ...worlds.flatMap(({ series }, index) =>
        ages.flatMap((agoMs) => series(labelsOf(index, agoMs), scrapesOf(agoMs), agoMs)),
      ),
      ...ages.flatMap(grownPool),
      ...gaugeSeries(),
    ],
    // Ends of series are marked in a Prometheus that scrapes: they are hidden by the next scrape.
    lookBackMs: intervalMs + 5 * second,
  });
  const instances = worlds.flatMap(({ instance }, index) =>
    ages.map((agoMs) => vmi(nameOf(agoMs), { namespace: namespaceOf(index), ...instance(prometheus.nowMs, agoMs) })),
  );
  const members = ages.flatMap((agoMs) =>
    poolMembers.map(({ name, old }) => {
      const times = old ? startedLongAgo(prometheus.nowMs) : startedAt(prometheus.nowMs, agoMs);
      return vmi(name, { namespace: ofPool(agoMs).namespace, ...times });
    }),
  );
  const withGauges = gauges.map(({ title, createdAgo }) => {
    const createdAtMs = prometheus.nowMs - createdAgo * second;
    return vmi(slug(title), { namespace: "gauges", createdAtMs, runningSinceMs: createdAtMs });
  });
  cluster = inventory({ virtualMachineInstances: store([...instances, ...members, ...withGauges]) });
});

afterAll(async () => {
  await supervisor.stop();
});

/** The readings of a story's virtual machines, by name. */
async function readingsOf(index: number, skewMs: number): Promise<ReadonlyMap<string, Reading>> {
  const provider = providerOn(prometheus.url, cluster, { wallClock: () => Date.now() + skewMs });
  const answer = await provider.read(
    {
      metric: "cpu-usageCores",
      resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
      namespace: namespaceOf(index),
      target: { by: "selector", selector: [] },
      metricSelector: [],
    },
    ignore,
  );
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return new Map(answer.value.map((reading) => [reading.object.name, reading]));
}

describe("a virtual machine that uses half a core reads so, at every age, if it", () => {
  const cases = stories.flatMap((story, index) => skews.map((skewMs) => [story.title, skewMs, story, index] as const));

  test.for(cases)("%s, with a clock that is off by %d ms", async ([, skewMs, story, index]) => {
    const readings = await readingsOf(index, skewMs);
    const wrong = ages.flatMap((agoMs) => {
      const value = readings.get(nameOf(agoMs))?.value;
      if (value === undefined) return story.mayBeUnknown(agoMs) ? [] : [`${agoMs / second} s: missing`];
      return Math.abs(value - cores) <= cores * 0.1 ? [] : [`${agoMs / second} s: ${value}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe("a sum", () => {
  const upgrades = stories.flatMap(({ title }, index) => (title.includes("names") ? [[title, index] as const] : []));

  test.for(upgrades)("has each virtual machine once while nodes differ, of which each %s", async ([, index]) => {
    const provider = providerOn(prometheus.url, cluster);
    const asked = { metric: "cpu-usageCores", namespace: namespaceOf(index), selector: [] };
    const answer = await provider.readExternal(asked, ignore);
    const readings = answer.ok ? answer.value : [];
    expect(readings.map(({ labels }) => labels)).toEqual(ages.map((agoMs) => ({ vm: nameOf(agoMs) })));
    const sum = readings.reduce((total, { value }) => total + value, 0);
    expect(Math.abs(sum / ages.length - cores)).toBeLessThan(cores * 0.03);
  });

  /** What a pool's members add up to so long after it grew. */
  async function sumsByAge(): Promise<readonly { readonly agoMs: number; readonly sum: number }[]> {
    const provider = providerOn(prometheus.url, cluster);
    return Promise.all(
      ages.map(async (agoMs) => {
        const answer = await provider.readExternal({ ...ofPool(agoMs), selector: [] }, ignore);
        return { agoMs, sum: answer.ok ? answer.value.reduce((total, { value }) => total + value, 0) : NaN };
      }),
    );
  }

  test("does not grow when new members take load from the others, and is true when they have figures", async () => {
    const sums = await sumsByAge();
    expect(sums.filter(({ sum }) => !(sum <= 2.2))).toEqual([]);
    expect(sums.filter(({ agoMs, sum }) => agoMs >= 4 * intervalMs && !(sum >= 1.8))).toEqual([]);
  });

  test("lacks at most a third while new members have no figures yet", async () => {
    // They have one after three and a half intervals at the latest; by then two thirds of the window show the load after.
    expect((await sumsByAge()).filter(({ sum }) => !(sum >= 4 / 3))).toEqual([]);
  });
});

describe("a gauge", () => {
  test.for(gauges.map((gauge) => [gauge.title, gauge] as const))("%s", async ([, { title, value }]) => {
    const answer = await providerOn(prometheus.url, cluster).readExternal(
      {
        metric: "memory-residentBytes",
        namespace: "gauges",
        selector: [{ key: "vm", operator: "=", values: [slug(title)] }],
      },
      ignore,
    );
    expect(answer.ok ? answer.value.map((reading) => reading.value) : []).toEqual(value === undefined ? [] : [value]);
  });
});

describe("a virtual machine that hangs", () => {
  test.for(skews)(
    "reads as of its last sample, for as long as the window covers two intervals; clock off by %d ms",
    async (skewMs) => {
      const readings = await readingsOf(hung, skewMs);
      const wrong = ages.flatMap((agoMs) => {
        const lastMs = -Math.min(...before(scrapesOf(agoMs), agoMs));
        const reading = readings.get(nameOf(agoMs));
        const nowMs = Date.now() - prometheus.nowMs;
        if (reading === undefined)
          return nowMs - lastMs > 2 * minute - intervalMs ? [] : [`${agoMs / second} s: missing`];
        const offMs = Math.abs(reading.timestampMs - (prometheus.nowMs + lastMs));
        const right = offMs < 1 * second && Math.abs(reading.value - cores) <= cores * 0.1 && -lastMs <= 2 * minute;
        return right ? [] : [`${agoMs / second} s: ${reading.value}, off by ${offMs} ms`];
      });
      expect(wrong).toEqual([]);
    },
  );
});

/** A first figure needs three scrapes, and the first one may come an interval after the start. */
function youngerThanThreeScrapes(agoMs: number): boolean {
  return agoMs < 4 * intervalMs;
}

function startedAt(nowMs: number, agoMs: number): Partial<VirtualMachineInstance> {
  return { createdAtMs: nowMs - agoMs - 5 * second, runningSinceMs: nowMs - agoMs };
}

function startedLongAgo(nowMs: number): Partial<VirtualMachineInstance> {
  return { createdAtMs: nowMs - 24 * 60 * minute, runningSinceMs: nowMs - 24 * 60 * minute };
}

function namespaceOf(index: number): string {
  return `story-${index}`;
}

function nameOf(agoMs: number): string {
  return `vm-${agoMs / second}`;
}

function labelsOf(index: number, agoMs: number): string {
  return `namespace="${namespaceOf(index)}",name="${nameOf(agoMs)}",job="kubevirt"`;
}

/** The scrapes of the last twenty minutes; each virtual machine's come at a moment of the interval of its own. */
function scrapesOf(agoMs: number): readonly number[] {
  const phaseMs = ((agoMs / second) * 7_919) % intervalMs;
  return Array.from({ length: 40 }, (_, index) => phaseMs + (39 - index) * intervalMs);
}

function since(at: readonly number[], agoMs: number): readonly number[] {
  return at.filter((ms) => ms <= agoMs);
}

function before(at: readonly number[], agoMs: number): readonly number[] {
  return at.filter((ms) => ms > agoMs);
}

function counter(
  name: string,
  labels: string,
  at: readonly number[],
  millisecondsOfCpu: (ms: number) => number,
): BackfillSeries {
  const samples = at.map((ms) => ({ atMs: -ms, value: millisecondsOfCpu(ms) / second }));
  return { series: `${name}{${labels}}`, samples };
}

/** Half a core since twenty minutes ago. */
function sinceLongAgo(ms: number): number {
  return cores * (20 * minute - ms);
}

function wholeSeconds(ms: number): number {
  return Math.floor(sinceLongAgo(ms) / second) * second;
}
