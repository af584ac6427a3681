import { describe, expect, test } from "vitest";
import { type Figure, type Member, memberOf, needsPast } from "../../src/vm/member.ts";
import { vmi } from "../support/inventory.ts";

const createdAtMs = 100_000;
const reporting: Figure = { state: "reporting", value: 1, timestampMs: 190_000, ageMs: 10_000 };
const stale: Figure = { state: "stale", timestampMs: 110_000, ageMs: 90_000 };
const ofEarlier = { timestampMs: 99_999, ageMs: 100_001 };
const unseen: Figure = { state: "unseen" };
const notReported: Figure = { state: "notReported" };

/** The instance was created 100 s ago, and its guest runs since. */
const moment = { nowMs: 200_000, settlingMs: 60_000, scrapeIntervalMs: 15_000, maxAgeMs: 80_000 };
const young = { runningSinceMs: 150_000 };

describe("memberOf()", () => {
  test.for<[string, object, Figure, number | undefined, Member["is"], string]>([
    // what it is about, facts of the instance, figure, last seen, member, absence
    ["running without a sample, ever", {}, unseen, undefined, "starting", "neverReported"],
    ["running, last seen since it was created", {}, unseen, createdAtMs, "silent", "silent"],
    ["running, last seen as an earlier instance", {}, unseen, createdAtMs - 1, "starting", "neverReported"],
    ["not scheduled yet", { phase: "Pending" }, unseen, createdAtMs, "starting", "neverReported"],
    ["without a status yet", { phase: "" }, unseen, undefined, "starting", "neverReported"],
    ["young and without a figure", young, notReported, undefined, "starting", "warmingUp"],
    ["old and without a figure", {}, notReported, undefined, "silent", "notReported"],
    ["with a quotient 0/0", {}, { state: "undefined" }, undefined, "undefined", "undefined"],
    ["with an old sample", {}, stale, undefined, "silent", "stale"],
    ["with an earlier instance's figure", {}, { ...reporting, ...ofEarlier }, undefined, "starting", "neverReported"],
    ["with an earlier instance's old sample", {}, { ...stale, ...ofEarlier }, undefined, "starting", "neverReported"],
    ["ended", { phase: "Succeeded" }, reporting, undefined, "gone", "notRunning"],
    ["failed", { phase: "Failed" }, unseen, createdAtMs, "gone", "notRunning"],
  ])("%s", ([, facts, figure, lastSeenMs, is, why]) => {
    const member = memberOf(vmi("web-0", { createdAtMs, ...facts }), figure, lastSeenMs, moment);
    expect(member).toMatchObject({ is, absence: { why } });
  });

  test.for([
    ["since the guest began to run", young, 25_000],
    ["since it was created, as long as that is not known", {}, 75_000],
  ] as const)("a figure covers the time %s, less the first scrape interval", ([, facts, coveredMs]) => {
    const member = memberOf(vmi("web-0", { createdAtMs, ...facts }), reporting, undefined, moment);
    expect(member).toEqual({ is: "reporting", value: 1, timestampMs: 190_000, coveredMs });
  });
});

describe("needsPast()", () => {
  test.for<[string, Figure, boolean]>([
    ["Running", unseen, true],
    ["Running", { ...reporting, ...ofEarlier }, true],
    ["Running", reporting, false],
    ["Running", stale, false],
    ["Running", notReported, false],
    ["Scheduling", unseen, false],
  ])("phase %s, figure %j: %s", ([phase, figure, needed]) => {
    expect(needsPast(vmi("web-0", { phase, createdAtMs }), figure)).toBe(needed);
  });
});
