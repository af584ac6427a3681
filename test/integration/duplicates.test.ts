import { describe, expect, test } from "vitest";
import type { PromQL } from "../../src/promql/expression.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { checkGauges } from "../support/gauge-cases.ts";
import { type InputSeries, nothingOf, promtoolTest } from "../support/promtool.ts";
import { shopScope } from "../support/scope.ts";
import { fineness, inputSeries, type Life, type Scraper, storedOf } from "../support/scrapes.ts";

const intervalMs = 30_000;
const scope = shopScope({ intervalMs, windowMs: 4 * intervalMs });

function expressionOf(metric: string): PromQL {
  const source = catalogue.find(({ name }) => name === metric)?.sources[0];
  if (source === undefined) throw new Error(`No metric ${metric}`);
  return source.expression(scope);
}

/** A series of virt-controller's that is 1 and says something by a label, or another value. */
function says(label: (time: number) => string, value = 1): Life {
  return { name: "", stays: [{ node: "n1", from: 0, to: 1_000, valueAt: () => value }], labelsAt: label };
}

function seen(metric: string, life: Life, scrapers: readonly Scraper[]): readonly InputSeries[] {
  return inputSeries(metric, 'name="vm"', storedOf(life, scrapers, 24));
}

/** Compares what a metric reads at times in scrape intervals; undefined is nothing. An empty text if all is well. */
async function differences(
  metric: string,
  input: readonly InputSeries[],
  readings: Readonly<Record<number, number | undefined>>,
): Promise<string> {
  const figure = expressionOf(metric);
  const expectations = Object.entries(readings).map(([scrape, value]) =>
    value === undefined
      ? nothingOf(figure, Number(scrape) * intervalMs)
      : {
          expr: figure,
          eval_time: `${Number(scrape) * intervalMs}ms`,
          exp_samples: [{ labels: '{namespace="shop",name="vm"}', value }],
        },
  );
  return promtoolTest(`${intervalMs / fineness}ms`, [{ input, expectations }]);
}

test("gaugeOf() reads what was true within two intervals, whatever happens to a virtual machine and its scrapers", async () => {
  const { cases, complaints } = await checkGauges({ intervalMs });
  expect(complaints).toBe("");
  expect(cases).toBeGreaterThan(6_000);
});

describe("the last value of a gauge", () => {
  const gone: Life = { name: "", stays: [{ node: "n1", from: 0, to: 12.5, valueAt: () => 7 }] };
  const moved: Life = {
    name: "",
    stays: [
      { node: "n1", from: 0, to: 11.3, valueAt: () => 9 },
      { node: "n2", from: 11.3, to: 13.2, valueAt: () => 7 },
    ],
  };
  // The last scrapes were at 12 of the first and at 12.5 of the second, the one before at 11.
  test.for([
    ["is there until it is four intervals old", gone, true, { 12: 7, 13: 7, 15.9: 7, 16.1: undefined }],
    ["is there no longer without a marker", gone, false, { 12: 7, 13: 7, 15.9: 7, 16.1: undefined, 20: undefined }],
    ["comes from the node that was last, when two have ended", moved, true, { 12.6: 7, 14: 7, 16: 7, 17: undefined }],
  ] as const)("%s", async ([, life, marks, readings]) => {
    const input = seen("kubevirt_vmi_memory_resident_bytes", life, [{ labels: 'job="a"', marks }]);
    expect(await differences("memory-residentBytes", input, readings)).toBe("");
  });
});

test("a gauge of the source of a migration counts beside the target's until it has ended", async () => {
  const life: Life = {
    name: "",
    stays: [
      { node: "n1", from: 0, to: 12.3, valueAt: () => 9 },
      { node: "n2", from: 12.3, to: 1_000, valueAt: () => 7 },
    ],
  };
  const input = seen("kubevirt_vmi_memory_resident_bytes", life, [{ labels: 'job="a"' }]);
  expect(await differences("memory-residentBytes", input, { 12.4: 9, 12.6: 9, 12.9: 9, 13.1: 7, 13.4: 7, 14: 7 })).toBe(
    "",
  );
});

test("a difference is taken within one scrape, whatever the copies say", async () => {
  const pair = [
    { labels: 'job="a",prometheus_replica="0"' },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.4 },
    { labels: 'job="a",prometheus_replica="2"', phase: 0.6, to: 13, marks: false },
  ];
  function gauge(valueAt: (time: number) => number): Life {
    return { name: "", stays: [{ node: "n1", from: 0, to: 1_000, valueAt }] };
  }
  // At 13 the guest begins to use more: the first replica knows it before the second.
  const input = [
    ...seen(
      "kubevirt_vmi_memory_available_bytes",
      gauge(() => 200),
      pair,
    ),
    ...seen(
      "kubevirt_vmi_memory_usable_bytes",
      gauge((time) => (time < 13 ? 140 : 40)),
      pair,
    ),
  ];
  expect(
    await differences("guest-memoryUsedBytes", input, { 8: 60, 12.9: 60, 13.1: 160, 13.5: 160, 14.5: 160, 18: 160 }),
  ).toBe("");
});

describe("guest-stateCode", () => {
  const leader = [{ labels: 'job="a",pod="virt-controller-1"' }];

  test.for([
    ["pending", "stopped", 0],
    ["scheduling", "starting", 0],
    ["scheduled", "Starting", 0],
    ["running", "running", 1],
    ["running", "migrating", 1],
    ["running", "paused", 3],
    ["running", "Paused", 3],
    ["succeeded", "stopped", 5],
    ["failed", "crashloopbackoff", 6],
    ["waitingforsync", "starting", undefined],
  ] as const)("of an instance that is %s and a machine that is %s is %s", async ([phase, status, code]) => {
    const input = [
      ...seen(
        "kubevirt_vmi_info",
        says(() => `phase="${phase}"`),
        leader,
      ),
      ...seen(
        "kubevirt_vm_info",
        says(() => `status="${status}"`),
        leader,
      ),
    ];
    expect(await differences("guest-stateCode", input, { 10: code })).toBe("");
  });

  test("of an instance without a machine is what its phase says", async () => {
    const input = seen(
      "kubevirt_vmi_info",
      says(() => 'phase="running"'),
      leader,
    );
    expect(await differences("guest-stateCode", input, { 10: 1 })).toBe("");
  });

  test("follows a change at the next scrape, and stays through a scrape that fails", async () => {
    const life = says((time) => (time < 12.5 ? 'phase="scheduled"' : 'phase="running"'));
    const input = seen("kubevirt_vmi_info", life, [{ labels: 'job="a"', fails: (scrape) => scrape === 14 }]);
    expect(await differences("guest-stateCode", input, { 12.9: 0, 13: 1, 13.9: 1, 14.5: 1, 15: 1 })).toBe("");
  });

  test("is what the newer of two leaders says, also while the old one's series is still there", async () => {
    const old = says(() => 'phase="scheduled"');
    const young = says(() => 'phase="running"');
    const input = [
      ...seen("kubevirt_vmi_info", old, [{ labels: 'job="a",pod="virt-controller-1"', to: 13.5, marks: false }]),
      ...seen("kubevirt_vmi_info", young, [{ labels: 'job="a",pod="virt-controller-2"', phase: 0.8, from: 13.5 }]),
    ];
    expect(await differences("guest-stateCode", input, { 13.5: 0, 13.9: 1, 15: 1, 20: 1 })).toBe("");
  });

  test("is what the last scrape says, when two leaders differ for a while and two replicas watch", async () => {
    const twice = [
      { labels: 'job="a",pod="virt-controller-1",prometheus_replica="0"', to: 14.5 },
      { labels: 'job="a",pod="virt-controller-1",prometheus_replica="1"', phase: 0.3, to: 14.5 },
    ];
    const input = [
      ...seen(
        "kubevirt_vmi_info",
        says(() => 'phase="scheduled"'),
        twice,
      ),
      ...seen(
        "kubevirt_vmi_info",
        says(() => 'phase="running"'),
        [
          { labels: 'job="a",pod="virt-controller-2",prometheus_replica="0"', phase: 0.8, from: 13.5 },
          { labels: 'job="a",pod="virt-controller-2",prometheus_replica="1"', phase: 0.5, from: 13.5 },
        ],
      ),
    ];
    expect(
      await differences("guest-stateCode", input, { 13.4: 0, 13.6: 1, 13.9: 1, 14.1: 0, 14.7: 1, 15.2: 1, 22: 1 }),
    ).toBe("");
  });
});

test("guest-stateEvictableBoolean is 1 unless the newest scrape says that the machine is not evictable", async () => {
  const metric = "kubevirt_vmi_non_evictable";
  const [old, young] = [says(() => "", 0), says(() => "", 1)];
  const input = [
    ...seen(metric, old, [{ labels: 'job="a",pod="virt-controller-1"', to: 13.5, marks: false }]),
    ...seen(metric, young, [{ labels: 'job="a",pod="virt-controller-2"', phase: 0.8, from: 13.5 }]),
  ];
  expect(await differences("guest-stateEvictableBoolean", input, { 12: 1, 13.7: 1, 13.9: 0, 22: 0 })).toBe("");
});
