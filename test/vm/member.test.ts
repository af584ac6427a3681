import { describe, expect, test } from "vitest";
import { type Figure, memberOf, needsPast } from "../../src/vm/member.ts";
import { vmi } from "../support/inventory.ts";

const reporting: Figure = { state: "reporting", value: 1, timestampMs: 5_000, ageMs: 100 };
const unseen: Figure = { state: "unseen" };
const createdAtMs = 1_000;
const nowMs = 5_000;

describe("memberOf()", () => {
  test.for([
    // phase, figure, kind, last seen, member
    ["Running", reporting, "rate", undefined, { is: "reporting", value: 1, timestampMs: 5_000, ranForMs: 3_900 }],
    ["Running", { state: "withoutValue" }, "rate", undefined, { is: "starting", seen: true }],
    ["Running", { state: "withoutValue" }, "gauge", undefined, { is: "undefined" }],
    ["Running", { state: "stale", ageMs: 9 }, "gauge", undefined, { is: "silent", ageMs: 9 }],
    ["Running", unseen, "rate", createdAtMs, { is: "silent" }],
    ["Running", unseen, "rate", createdAtMs - 1, { is: "starting", seen: false }],
    ["Running", unseen, "rate", undefined, { is: "starting", seen: false }],
    ["Pending", unseen, "rate", createdAtMs, { is: "starting", seen: false }],
    ["Scheduling", unseen, "rate", undefined, { is: "starting", seen: false }],
    ["", unseen, "gauge", undefined, { is: "starting", seen: false }],
    ["Succeeded", reporting, "gauge", undefined, { is: "gone" }],
    ["Failed", unseen, "gauge", createdAtMs, { is: "gone" }],
  ] as const)("phase %j, figure %j of a %s, last seen %s: %j", ([phase, figure, kind, lastSeenMs, member]) => {
    expect(memberOf(vmi("web-0", { phase, createdAtMs }), figure, kind, lastSeenMs, nowMs)).toEqual(member);
  });

  test("a guest runs since its instance began to run, and as long as is not known since it was created", () => {
    const since = memberOf(vmi("web-0", { createdAtMs, runningSinceMs: 2_000 }), reporting, "rate", undefined, nowMs);
    expect(since).toMatchObject({ ranForMs: 2_900 });
  });

  test("a virtual machine without an instance is gone", () => {
    expect(memberOf(undefined, unseen, "rate", undefined, nowMs)).toEqual({ is: "gone" });
  });
});

describe("needsPast()", () => {
  test.for([
    ["Running", unseen, true],
    ["Running", reporting, false],
    ["Running", { state: "stale", ageMs: 9 }, false],
    ["Scheduling", unseen, false],
  ] as const)("phase %s, figure %j: %s", ([phase, figure, needed]) => {
    expect(needsPast(vmi("web-0", { phase }), figure)).toBe(needed);
  });
});
