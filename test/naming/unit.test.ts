import { describe, expect, test } from "vitest";
import { aliasesOf, isAdditive, isBaseUnit, type Unit, unitWords } from "../../src/naming/unit.ts";

const bases = unitWords.filter(isBaseUnit);
const units = bases.flatMap((base): readonly Unit[] => [base, `${base}PerSecond`, `${base}Total`]);

test("isBaseUnit() tells units from their aliases and suffixes", () => {
  expect(bases.toSorted()).toEqual(
    // prettier-ignore
    ["Boolean", "Bytes", "Code", "Cores", "Count", "Errors", "Faults", "Operations", "Packets", "Pages", "Processes",
     "Ratio", "Seconds"],
  );
  expect(["KiB", "BytesTotal", "bytes", "Total", ""].filter(isBaseUnit)).toEqual([]);
});

test("isAdditive() is false for ratios, codes and booleans", () => {
  expect(units.filter((unit) => !isAdditive(unit)).toSorted()).toEqual(
    // prettier-ignore
    ["Boolean", "BooleanPerSecond", "BooleanTotal", "Code", "CodePerSecond", "CodeTotal", "Ratio", "RatioPerSecond",
     "RatioTotal"],
  );
});

describe("aliasesOf()", () => {
  test.for([
    ["Bytes", 3_221_225_472, { KiB: 3_145_728, MiB: 3_072, GiB: 3 }],
    ["BytesPerSecond", 512, { KiBPerSecond: 0.5, MiBPerSecond: 2 ** -11, GiBPerSecond: 2 ** -21 }],
    ["BytesTotal", 1_024, { KiBTotal: 1, MiBTotal: 2 ** -10, GiBTotal: 2 ** -20 }],
    ["Seconds", 1.5, { Milliseconds: 1_500 }],
    ["SecondsPerSecond", 0.25, { MillisecondsPerSecond: 250 }],
    ["SecondsTotal", 2, { MillisecondsTotal: 2_000 }],
    ["Cores", 0.25, { Millicores: 250 }],
    ["Ratio", 0.5, { Percent: 50 }],
  ] as const)("writes %s, of which there are %d, as %j", ([unit, value, values]) => {
    expect(Object.fromEntries(aliasesOf(unit).map(({ word, factor }) => [word, value * factor]))).toEqual(values);
  });

  test("has none for what is counted in ones", () => {
    const counted = bases.filter((base) => !["Bytes", "Seconds", "Cores", "Ratio"].includes(base));
    expect(counted.flatMap(aliasesOf)).toEqual([]);
  });

  test("uses no word twice", () => {
    const words = [...units, ...units.flatMap(aliasesOf).map(({ word }) => word)];
    expect(new Set(words).size).toBe(words.length);
  });
});
