import { describe, expect, test } from "vitest";
import { type FloatFormat, formatFloat } from "../../../../src/naming/rules/template/float-text.ts";

describe("formatFloat()", () => {
  test.for<[number, FloatFormat, number | undefined, string]>([
    [0, "g", undefined, "0"],
    [-0, "g", undefined, "-0"],
    [0.1, "g", undefined, "0.1"],
    [100000, "g", undefined, "100000"],
    [1e6, "g", undefined, "1e+06"],
    [1e-4, "g", undefined, "0.0001"],
    [1e-5, "g", undefined, "1e-05"],
    [5e-324, "g", undefined, "5e-324"],
    [1.7976931348623157e308, "g", undefined, "1.7976931348623157e+308"],
    [123456789, "g", 3, "1.23e+08"],
    [100, "g", 0, "1e+02"],
    [0.5, "f", 0, "0"],
    [1.5, "f", 0, "2"],
    [2.5, "f", 0, "2"],
    [0.125, "f", 2, "0.12"],
    [9.995, "f", 2, "9.99"],
    [99.5, "f", 0, "100"],
    [1e22, "f", undefined, "10000000000000000000000"],
    [0.1, "f", 20, "0.10000000000000000555"],
    [0, "e", 2, "0.00e+00"],
    [9.96, "e", 1, "1.0e+01"],
    [1.5, "E", undefined, "1.5E+00"],
    [1.5, "b", undefined, "6755399441055744p-52"],
    [0, "x", undefined, "0x0p+00"],
    [1.5, "x", undefined, "0x1.8p+00"],
    [1.999, "x", 1, "0x1.0p+01"],
    [5e-324, "X", undefined, "0X1P-1074"],
  ])("writes %d by %s with precision %o as %s", ([value, format, precision, text]) => {
    expect(formatFloat(value, format, precision)).toBe(text);
  });
});
