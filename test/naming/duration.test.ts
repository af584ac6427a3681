import { expect, test } from "vitest";
import { parseDuration } from "../../src/naming/duration.ts";

test.for([
  ["0", 0],
  ["500ms", 500],
  ["10s", 10_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1h15m30s", 4_530_000],
  ["100us", 0.1],
  ["", undefined],
  ["10", undefined],
  ["1d", undefined],
  ["-1s", undefined],
  ["1s ", undefined],
  ["s", undefined],
  ["1m-5s", undefined],
] as const)("parseDuration(%j) is %s ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});
