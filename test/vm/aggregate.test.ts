import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Aggregation } from "../../src/naming/aggregation.ts";
import { aggregate, sharesOf } from "../../src/vm/aggregate.ts";
import type { Member } from "../../src/vm/member.ts";
import { counterexample } from "../support/property.ts";

const one: Member = { is: "reporting", value: 1, timestampMs: 3_000, coveredMs: 90_000 };
const three: Member = { is: "reporting", value: 3, timestampMs: 2_000, coveredMs: 80_000 };
const idle: Member = { is: "undefined", absence: { why: "undefined" } };
const unreported: Member = { is: "silent", absence: { why: "notReported" } };
const silent: Member = { is: "silent", absence: { why: "neverReported" } };
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
    ["what is seen and not reported", [one, unreported], { reporting: 1, silent: 1, starting: 0, seen: true }],
    ["some that are seen and some that are not", [one, unreported, silent], { reporting: 1, silent: 2, starting: 0 }],
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
    ["counts in full for a mean", 14_000, 90_000, "Average", 4],
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
    ["Average", { ok: false, error: { why: "noMembers" } }],
    ["Maximum", { ok: false, error: { why: "noMembers" } }],
    ["Minimum", { ok: false, error: { why: "noMembers" } }],
  ])("the %s of no members", ([aggregation, answer]) => {
    expect(aggregate([], aggregation, options)).toEqual(answer);
    expect(aggregate([gone], aggregation, options)).toEqual(answer);
  });
});

describe("sharesOf()", () => {
  test("is what each member adds, in the order given; a silent one is estimated", () => {
    const members = [gone, one, starting, three, idle, silent, one];
    const share = { estimated: false };
    expect(sharesOf(members, { minimumCoverage: 0.5, windowMs: undefined })).toEqual({
      ok: true,
      value: [
        undefined,
        { ...share, value: 1, timestampMs: 3_000 },
        undefined,
        { ...share, value: 3, timestampMs: 2_000 },
        undefined,
        { value: 5 / 3, timestampMs: 2_000, estimated: true },
        { ...share, value: 1, timestampMs: 3_000 },
      ],
    });
  });

  test("of nobody is nothing", () => {
    expect(sharesOf([], options)).toEqual({ ok: true, value: [] });
    expect(sharesOf([gone], options)).toEqual({ ok: true, value: [undefined] });
  });
});

/** Members of all kinds, with figures from nothing to 64 cores. */
const member: fc.Arbitrary<Member> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant("reporting" as const),
      value: fc.double({ min: 0, max: 64, noNaN: true }),
      timestampMs: fc.constant(1),
      coveredMs: fc.integer({ min: -15_000, max: 120_000 }),
    }),
  },
  fc.constantFrom(idle, silent, starting, gone),
);
const aggregations = fc.constantFrom<Aggregation[]>("Sum", "Average", "Maximum", "Minimum");

/** The sum of members, or undefined when there is none. */
function sumOf(members: readonly Member[]): number | undefined {
  const sum = aggregate(members, "Sum", options);
  return sum.ok ? sum.value.value : undefined;
}

/** Room for the dust of floating point. */
const dust = 1e-9;

function valueOf(each: Member): number {
  return each.is === "reporting" ? each.value : 0;
}

function count(members: readonly Member[], ...kinds: readonly Member["is"][]): number {
  return members.filter(({ is }) => kinds.includes(is)).length;
}

describe("whatever the members are", () => {
  const members = fc.array(member, { maxLength: 30 });
  const losses = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });

  test("losing samples lowers a sum by no more than what the lost ones had, as long as there is a sum", () => {
    const property = fc.property(members, losses, (known, lost) => {
      const all = known.filter(({ is }) => is !== "silent");
      const after = all.map((each, index) => (each.is === "reporting" && lost[index] === true ? silent : each));
      const theirs = all.filter((_, index) => lost[index]).reduce((sum, each) => sum + valueOf(each), 0);
      const [had, has] = [sumOf(all), sumOf(after)];
      return had === undefined || has === undefined || has >= had - theirs - dust;
    });
    expect(counterexample(property)).toBe("");
  });

  test("losing samples never raises a sum above the highest value for each who should report", () => {
    const property = fc.property(members, losses, (before, lost) => {
      const after = before.map((each, index) => (each.is === "reporting" && lost[index] === true ? silent : each));
      const owing = count(after, "reporting", "silent");
      return (sumOf(after) ?? 0) <= owing * Math.max(0, ...before.map(valueOf)) + dust;
    });
    expect(counterexample(property)).toBe("");
  });

  test("a figure lies between the lowest and the highest of the reporting ones, except for a sum", () => {
    const property = fc.property(members, aggregations, (all, aggregation) => {
      const figure = aggregate(all, aggregation, { minimumCoverage: 0.8, windowMs: undefined });
      if (aggregation === "Sum" || !figure.ok) return true;
      const values = all.filter(({ is }) => is === "reporting").map(valueOf);
      const { value: mean } = figure.value;
      return mean >= Math.min(...values) - dust && mean <= Math.max(...values) + dust;
    });
    expect(counterexample(property)).toBe("");
  });

  test("below the least coverage there is no figure", () => {
    const property = fc.property(members, aggregations, (all, aggregation) => {
      const heard = count(all, "reporting", "undefined");
      const owing = heard + count(all, "silent");
      return owing === 0 || heard / owing >= options.minimumCoverage || !aggregate(all, aggregation, options).ok;
    });
    expect(counterexample(property)).toBe("");
  });

  test("there is no figure without one that reports, unless there is nobody", () => {
    const property = fc.property(members, aggregations, (all, aggregation) => {
      const nobody = all.every(({ is }) => is === "gone");
      return nobody || count(all, "reporting") > 0 || !aggregate(all, aggregation, options).ok;
    });
    expect(counterexample(property)).toBe("");
  });

  test("the shares of a list add up to the sum", () => {
    const property = fc.property(members, (all) => {
      const [shares, sum] = [sharesOf(all, options), sumOf(all)];
      if (!shares.ok || sum === undefined) return !shares.ok && sum === undefined;
      return Math.abs(shares.value.reduce((total, share) => total + (share?.value ?? 0), 0) - sum) <= dust;
    });
    expect(counterexample(property)).toBe("");
  });
});
