import { describe, expect, test } from "vitest";
import type { Aggregation } from "../../src/naming/aggregation.ts";
import { aggregate } from "../../src/vm/aggregate.ts";
import type { Member } from "../../src/vm/member.ts";

const one: Member = { is: "reporting", value: 1, timestampMs: 3_000, coveredMs: 90_000 };
const three: Member = { is: "reporting", value: 3, timestampMs: 2_000, coveredMs: 80_000 };
const idle: Member = { is: "undefined", absence: { why: "undefined" } };
const silent: Member = { is: "silent", absence: { why: "silent" } };
const starting: Member = { is: "starting", absence: { why: "neverReported" } };
const gone: Member = { is: "gone", absence: { why: "notRunning" } };
const options = { minimumCoverage: 0.8, windowMs: 60_000 };
function value(figure: number) {
  return { ok: true, value: { value: figure, timestampMs: 2_000 } };
}

describe("aggregate()", () => {
  test.for<[string, Aggregation, Member[], number]>([
    ["adds what reports", "Sum", [one, three], 4],
    ["averages what reports", "Average", [one, three], 2],
    ["takes the highest", "Maximum", [one, three], 3],
    ["takes the lowest", "Minimum", [one, three], 1],
    ["lets a starting one add nothing to a sum", "Sum", [one, three, starting, starting, starting], 4],
    ["leaves a starting one out of a mean", "Average", [one, three, starting], 2],
    ["lets an undefined one add nothing to a sum", "Sum", [one, three, idle], 4],
    ["leaves an undefined one out of a mean", "Average", [one, three, idle], 2],
    ["counts a silent one as the mean of the others", "Sum", [one, one, three, three, silent], 10],
    ["does not let a silent one move a mean", "Average", [one, one, three, three, silent], 2],
    ["does not see those that are gone", "Sum", [one, three, gone, gone], 4],
  ])("%s: %s", ([, aggregation, members, figure]) => {
    expect(aggregate(members, aggregation, options)).toEqual(value(figure));
  });

  test.for<[string, Member[], object]>([
    ["nothing but silence", [silent], { reporting: 0, silent: 1, starting: 0 }],
    ["less than the least coverage", [one, one, one, silent, starting], { reporting: 3, silent: 1, starting: 1 }],
  ])("%s has no figure", ([, members, counts]) => {
    const error = { why: "coverage", ...counts, minimumCoverage: 0.8 };
    expect(aggregate(members, "Sum", options)).toEqual({ ok: false, error });
  });

  test.for<[string, Member[], object]>([
    ["nothing but starting", [starting, starting], { why: "allStarting", starting: 2 }],
    ["nothing but undefined", [idle, starting], { why: "undefined" }],
  ])("%s has no figure, and that is why", ([, members, error]) => {
    expect(aggregate(members, "Sum", options)).toEqual({ ok: false, error });
  });

  test.for<[string, number, number, Aggregation, number]>([
    ["counts for that part in a sum", 14_000, 90_000, "Sum", 5],
    ["counts for that part in a mean", 14_000, 90_000, "Average", 2.5],
    ["counts in full for a maximum", 15_000, 90_000, "Maximum", 4],
    ["counts in full when all are as young", 15_000, 15_000, "Sum", 8],
    ["counts for a part of the time that any member covers", 14_000, 30_000, "Sum", 6],
    ["counts in full after the window", 60_000, 90_000, "Sum", 8],
    ["counts in full when it began a second later than the others", 29_000, 30_000, "Sum", 8],
  ])("a rate of a member that ran for a part of the window %s: %d of %d ms", ([, young, old, aggregation, figure]) => {
    const members = [young, old].map((coveredMs): Member => ({ is: "reporting", value: 4, timestampMs: 1, coveredMs }));
    expect(aggregate(members, aggregation, options)).toMatchObject({ value: { value: figure } });
  });

  test("a gauge of a young member counts in full", () => {
    const young: Member = { is: "reporting", value: 4, timestampMs: 1, coveredMs: 1_000 };
    const gauge = { minimumCoverage: 0.8, windowMs: undefined };
    expect(aggregate([young, { ...young, coveredMs: 90_000 }], "Sum", gauge)).toMatchObject({ value: { value: 8 } });
  });

  test.for<[Aggregation, object]>([
    ["Sum", { ok: true, value: { value: 0 } }],
    ["Average", { ok: false, error: { why: "notRunning" } }],
    ["Maximum", { ok: false, error: { why: "notRunning" } }],
    ["Minimum", { ok: false, error: { why: "notRunning" } }],
  ])("the %s of no members", ([aggregation, answer]) => {
    expect(aggregate([], aggregation, options)).toEqual(answer);
    expect(aggregate([gone], aggregation, options)).toEqual(answer);
  });

  test("a sum never falls by more than the share of the members whose samples are lost, while coverage holds", () => {
    for (let lost = 0; lost <= 2; lost += 1) {
      const values = Array.from({ length: 10 }, (_, index) => index / 3);
      const members = values.map((each, index): Member =>
        index < lost ? silent : { is: "reporting", value: each, timestampMs: 1, coveredMs: 90_000 },
      );
      const sum = aggregate(members, "Sum", options);
      const known = values.slice(lost).reduce((total, each) => total + each, 0);
      const highest = known + lost * Math.max(...values);
      expect(sum.ok && sum.value.value >= known && sum.value.value <= highest).toBe(true);
    }
  });
});
