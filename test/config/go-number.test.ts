import { expect, test } from "vitest";
import { parseGoInteger } from "../../src/config/go-number.ts";

test.for([
  ["0", 0],
  ["-10", -10],
  ["+7", 7],
  ["0x1F", 31],
  ["-0x10", -16],
  ["017", 15],
  ["0o17", 15],
  ["0b101", 5],
  ["1_000", 1_000],
  ["0x_ff", 255],
  ["08", undefined],
  ["1__0", undefined],
  ["1_", undefined],
  ["_1", undefined],
  ["1.0", undefined],
  ["1e3", undefined],
  ["", undefined],
  ["0x", undefined],
  ["99999999999999999999", undefined],
] as const)("parseGoInteger() reads %j as %j", ([text, value]) => {
  expect(parseGoInteger(text)).toBe(value);
});
