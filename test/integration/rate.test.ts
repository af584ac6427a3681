import { expect, test } from "vitest";
import { rateOf } from "../../src/vm/catalogue/expressions.ts";
import { type InputSeries, nothingOf, promtoolTest } from "../support/promtool.ts";
import { checkRates, stay } from "../support/rate-cases.ts";
import { shopScope } from "../support/scope.ts";
import { fineness, inputSeries, type Life, type Scraper, storedOf } from "../support/scrapes.ts";
import { settings } from "../support/settings.ts";

const intervalMs = 30_000;
const scrapes = 24;
const scope = shopScope({ intervalMs, windowMs: 4 * intervalMs });
const rate = rateOf({ series: "cpu" })(scope);

function counters(vm: string, life: Life, scrapers: readonly Scraper[], metric = "cpu"): readonly InputSeries[] {
  return inputSeries(metric, `name="${vm}"`, storedOf(life, scrapers, scrapes), intervalMs / 1_000);
}

/** Looks at every half scrape; what comes of the expression is a complaint. */
async function complaints(input: readonly InputSeries[], from: number, to: number, wrong: string): Promise<string> {
  const times = Array.from({ length: 2 * (to - from) + 1 }, (_, half) => from + half / 2);
  const expectations = times.map((scrape) => nothingOf(wrong, scrape * intervalMs));
  return promtoolTest(`${intervalMs / fineness}ms`, [{ input, expectations }]);
}

/** A machine that uses `before` cores and from `at` on `after`. */
function changing(at: number, before: number, after: number): Life {
  function used(time: number): number {
    return before * Math.min(time, at) + after * Math.max(0, time - at);
  }
  return { name: "changes", stays: [{ node: "n1", from: 0, to: 1_000, valueAt: used }] };
}

const lone = [{ labels: 'job="a"' }];

test("rateOf() reads half a core from a virtual machine that uses it, whatever happens to it and its scrapers", async () => {
  const checked = await checkRates({ intervalMs, windowMs: 4 * intervalMs });
  expect(checked.complaints).toBe("");
  expect(checked.cases).toBeGreaterThan(6_000);
});

test("rateOf() has no figure before two intervals are covered", async () => {
  const vm = counters("new", { name: "boots", stays: [stay("n1", 12, 1_000)] }, settings["an HA pair"] ?? lone);
  expect(await complaints(vm, 12, 13.5, rate)).toBe("");
  expect(await complaints(vm, 14.5, 22, `absent(${rate})`)).toBe("");
});

test("rateOf() reads each name of a counter that is renamed, and one of the two at any time", async () => {
  const before = counters("vm", { name: "", stays: [stay("n1", 0, 12.4)] }, lone, "old");
  const after = counters("vm", { name: "", stays: [stay("n1", 12.4, 1_000, { before: 700 })] }, lone, "new");
  const [old, renamed] = [rateOf({ series: "old" })(scope), rateOf({ series: "new" })(scope)];
  const input = [...before, ...after];
  expect(await complaints(input, 3, 23, `abs(${old} - 0.5) > 0.01 or abs(${renamed} - 0.5) > 0.01`)).toBe("");
  expect(await complaints(input, 3, 23, `absent(${old} or ${renamed})`)).toBe("");
  expect(await complaints(input, 17, 23, old)).toBe("");
});

test.for(["an HA pair of which one dies", "two jobs of which one dies", "virt-handlers that are replaced"])(
  "rateOf() forgets a load that has ended before the scrape, in %s",
  async (setting) => {
    const life = changing(13.2, 2, 0.5);
    const input = [
      ...counters("vm", life, settings[setting] ?? []),
      ...counters("lone", life, [{ labels: 'job="b"', phase: 0.3 }]),
    ];
    const [of, alone] = ["vm", "lone"].map((vm) => `(${rate} and on (name) cpu{name="${vm}"})`);
    // What died, or was replaced, may count for another interval.
    expect(await complaints(input, 13, 18.5, `${of} > on (namespace) (${alone} + 0.4)`)).toBe("");
    expect(await complaints(input, 20, 23, `abs(${of} - 0.5) > 0.01`)).toBe("");
  },
);

test("rateOf() does not read higher from an HA pair that sees a load come and go at different times", async () => {
  const life: Life = {
    name: "comes and goes",
    stays: [{ node: "n1", from: 0, to: 1_000, valueAt: (time) => Math.floor(time / 2) + Math.min(1, time % 2) }],
  };
  const vm = counters("vm", life, settings["an HA pair"] ?? lone);
  expect(await complaints(vm, 6, 23, `abs(${rate} - 0.5) > 0.051`)).toBe("");
});

test("rateOf() is off by less than a quarter of a load that was there only while a scrape failed", async () => {
  function used(time: number): number {
    return Math.max(0, Math.min(time, 15) - 13);
  }
  const life: Life = { name: "", stays: [{ node: "n1", from: 0, to: 1_000, valueAt: used }] };
  const vm = counters("vm", life, settings["a scrape that fails"] ?? lone);
  // The truth is the mean over the window: half.
  expect(await complaints(vm, 17, 17, `abs(${rate} - 0.5) > 0.25`)).toBe("");
});
