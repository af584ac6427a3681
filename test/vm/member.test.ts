import { describe, expect, test } from "vitest";
import { type Figure, hasStarted, type Member, memberOf } from "../../src/vm/member.ts";
import type { VirtualMachineInstance } from "../../src/vm/objects.ts";
import { vmi } from "../support/inventory.ts";

const createdAtMs = 100_000;
const reporting: Figure = { state: "reporting", value: 1, timestampMs: 190_000, ageMs: 10_000 };
const stale: Figure = { state: "stale", timestampMs: 110_000, ageMs: 90_000, maxAgeMs: 80_000 };
const ofEarlier = { timestampMs: 99_999, ageMs: 100_001 };
const unseen: Figure = { state: "unseen" };
const notReported: Figure = { state: "notReported" };
const idle: Figure = { state: "undefined" };

/** The instance was created 100 s ago, and its guest runs since. */
const moment = { nowMs: 200_000, settlingMs: 60_000, scrapeIntervalMs: 15_000, ephemeral: false };
const young = { runningSinceMs: 150_000 };
const lost = { phase: "Unknown", runningSinceMs: 110_000 };

function member(facts: Partial<VirtualMachineInstance>, figure: Figure): Member {
  return memberOf(vmi("web-0", { createdAtMs, ...facts }), figure, moment);
}

describe("memberOf()", () => {
  test.for<[string, Partial<VirtualMachineInstance>, Figure, Member["is"], string]>([
    // what it is about, facts of the instance, figure, member, absence
    ["without a status yet", { phase: "" }, unseen, "starting", "neverReported"],
    ["pending", { phase: "Pending" }, unseen, "starting", "neverReported"],
    ["that cannot be scheduled", { phase: "Scheduling" }, unseen, "starting", "neverReported"],
    ["on its way to its node", { phase: "Scheduled" }, unseen, "starting", "neverReported"],
    ["that boots, before its first scrape", young, unseen, "starting", "neverReported"],
    ["that boots, of which a rate is not known yet", young, notReported, "starting", "warmingUp"],
    [
      "that boots, seen as an earlier instance of its name",
      young,
      { ...reporting, ...ofEarlier },
      "starting",
      "neverReported",
    ],
    [
      "that boots, an earlier instance of which fell silent",
      young,
      { ...stale, ...ofEarlier },
      "starting",
      "neverReported",
    ],
    ["running without activity", {}, idle, "undefined", "undefined"],
    ["running without this metric", {}, notReported, "silent", "notReported"],
    ["that hangs, for so long that its samples are old", {}, stale, "silent", "stale"],
    ["running for long on a node that is not scraped", {}, unseen, "silent", "neverReported"],
    ["of a node that was lost", lost, stale, "silent", "stale"],
    ["of a node that was lost before it was scraped", lost, unseen, "silent", "neverReported"],
    ["that was shut down, with samples that linger", { phase: "Succeeded" }, reporting, "gone", "notRunning"],
    ["that failed", { phase: "Failed", runningSinceMs: 110_000 }, stale, "gone", "notRunning"],
  ])("a virtual machine %s", ([, facts, figure, is, why]) => {
    expect(member(facts, figure)).toMatchObject({ is, absence: { why } });
  });

  test.for<[string, Partial<VirtualMachineInstance>, number]>([
    ["since the guest began to run", young, 32_500],
    ["since it was created, as long as that is not known", {}, 82_500],
  ])("a figure covers the time %s, less half a scrape interval", ([, facts, coveredMs]) => {
    expect(member(facts, reporting)).toEqual({ is: "reporting", value: 1, timestampMs: 190_000, coveredMs });
  });

  test("an old sample's absence says how old it is and how old it may be", () => {
    expect(member({}, stale)).toMatchObject({ absence: { ageSeconds: 90, maxAgeSeconds: 80 } });
  });
});

describe("hasStarted()", () => {
  test.for<[string, boolean, Partial<VirtualMachineInstance>]>([
    ["", false, {}],
    ["Pending", false, {}],
    ["Scheduled", false, {}],
    ["Running", true, {}],
    ["Unknown", true, {}],
    ["Scheduled", true, { runningSinceMs: 1 }],
    ["Succeeded", false, { runningSinceMs: 1 }],
    ["Failed", false, { runningSinceMs: 1 }],
  ])("phase %j: %s", ([phase, started, facts]) => {
    expect(hasStarted(vmi("web-0", { phase, ...facts }))).toBe(started);
  });
});
