import { describe, expect, test } from "vitest";
import { reachOf, reachOfLast, type SpanOptions, spansFor, windowOf } from "../../src/query/spans.ts";
import { vmi } from "../support/inventory.ts";

const second = 1_000;

describe("spansFor()", () => {
  test.for<[string, number | undefined, SpanOptions, number, number]>([
    // scrape interval, options, window, age
    ["a window is at least a minute, an age at least two", 10, {}, 60, 120],
    ["both are four scrape intervals", 60, {}, 240, 240],
    ["configured ones count", 15, { windowMs: 45 * second, maxAgeMs: 70 * second }, 45, 70],
    ["neither is below two intervals", 30, { windowMs: 45 * second, maxAgeMs: 20 * second }, 60, 60],
    ["an age may be two minutes while the interval is not known", undefined, {}, 240, 120],
  ])("%s", ([, interval, options, window, age]) => {
    const { windowMs, maxAgeMs } = spansFor(interval && interval * second, options);
    expect([windowMs / second, maxAgeMs / second]).toEqual([window, age]);
  });
});

describe("windowOf()", () => {
  const spans = spansFor(15 * second, {});

  test.for([
    // a guest has run for so long: its window
    [0, undefined],
    [44, undefined],
    [45, 30],
    [60, 45],
    [75, 60],
    [1_000, 60],
  ])("of a guest that has run for %d s, at a window of 60 s: %s", ([ran, window]) => {
    const windowMs = windowOf(
      vmi("vm", { runningSinceMs: 2_000 * second - (ran ?? 0) * second }),
      spans,
      2_000 * second,
    );
    expect(windowMs).toBe(window && window * second);
  });

  test("makes few questions, however long the window and whatever the ages", () => {
    const hour = spansFor(15 * second, { windowMs: 3_600 * second });
    const ages = Array.from({ length: 4_000 }, (_, age) => age * second);
    const windows = ages.map((age) =>
      windowOf(vmi("vm", { runningSinceMs: 5_000 * second - age }), hour, 5_000 * second),
    );
    expect(new Set(windows).size).toBeLessThan(16);
  });
});

describe("reachOf()", () => {
  const spans = spansFor(30 * second, {});

  test.for<[string, number, number, number | undefined]>([
    // created and seen so many seconds ago: how far back a sample may lie
    ["is two intervals", 1_000, 5, 60],
    ["is two intervals up to the next scrape", 1_000, 30, 60],
    ["follows the last scrape when one has failed", 1_000, 31, 90],
    ["follows it up to the greatest age", 1_000, 110, 120],
    ["ends at the instance's creation", 70, 5, 60],
    ["ends at the instance's creation, in whole intervals", 59, 5, 30],
    ["is not there before the first interval is over", 29, 5, undefined],
  ])("%s", ([, createdAgo, seenAgo, reach]) => {
    const nowMs = 5_000 * second;
    const instance = vmi("vm", { createdAtMs: nowMs - createdAgo * second });
    expect(reachOf(instance, nowMs - seenAgo * second, spans, nowMs)).toBe(reach && reach * second);
  });
});

describe("reachOfLast()", () => {
  const spans = spansFor(15 * second, {});
  const day = 24 * 3_600;

  test.for<[string, number, { startedAt: number; endedAt?: number } | undefined, number]>([
    // age of the machine, its newest migration in seconds before now, how far back the last sample is looked for
    ["one that never migrated", 100 * day, undefined, 120],
    ["one that migrated half an hour ago", 100 * day, { startedAt: 1_800, endedAt: 1_700 }, 1_920],
    ["one that migrates: its last sample may be of an earlier migration", 3_000, { startedAt: 10 }, 3_840],
    ["an old one that migrates: not of any", 100 * day, { startedAt: 10 }, 983_040],
  ])("%s", ([, age, migration, expected]) => {
    const nowMs = 200 * day * second;
    const state = migration && {
      sourceNode: "n1",
      targetNode: "n2",
      targetPod: "p",
      startedAtMs: nowMs - migration.startedAt * second,
      ...(migration.endedAt === undefined ? {} : { endedAtMs: nowMs - migration.endedAt * second }),
    };
    const vm = vmi("vm", { createdAtMs: nowMs - age * second, ...(state === undefined ? {} : { migration: state }) });
    expect(reachOfLast(vm, spans, nowMs) / second).toBe(expected);
  });
});
