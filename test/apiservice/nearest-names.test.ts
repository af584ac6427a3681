import { describe, expect, test } from "vitest";
import { nearestNames, similar } from "../../src/apiservice/nearest-names.ts";

const known = ["cpu-stealCores", "cpu-usageCores", "memory-usedBytes", "network_default-receiveBytesPerSecond"];

describe("nearestNames()", () => {
  test.for([
    ["cpu-usageCore", "cpu-usageCores"],
    ["CPU-usagecores", "cpu-usageCores"],
    ["memory_used_bytes", "memory-usedBytes"],
    ["network-receiveBytesPerSecond", "network_default-receiveBytesPerSecond"],
    ["stealCores", "cpu-stealCores"],
  ] as const)("finds for %s first %s", ([name, nearest]) => {
    expect(nearestNames(name, known, 1)).toEqual([nearest]);
  });

  test("gives none that is not like it, if that is asked for", () => {
    expect(nearestNames("cpu-usageCore", known, 3, similar)).toEqual(["cpu-usageCores", "cpu-stealCores"]);
    expect(nearestNames("foo", known, 3, similar)).toEqual([]);
  });

  test("takes no longer for a name of 30 kB than for a short one, as it comes from a client [trap 14]", () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `cpu-usage${index}Cores`);
    const long = Array.from({ length: 30_000 }, (_, index) => String.fromCodePoint(0x4e00 + (index % 20_000))).join("");
    const startMs = performance.now();
    nearestNames(long, names, 8);
    expect(performance.now() - startMs).toBeLessThan(300);
  });

  test("gives at most the limit", () => {
    expect(nearestNames("x", known, 2)).toHaveLength(2);
    expect(nearestNames("x", [], 2)).toEqual([]);
  });
});
