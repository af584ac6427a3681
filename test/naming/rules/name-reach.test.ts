import { describe, expect, test } from "vitest";
import { createNameReach } from "../../../src/naming/rules/name-reach.ts";

describe("createNameReach()", () => {
  test.for([
    ["", "http_requests", true],
    ["", "cpu-usageRatio", false],
    ["cpu-usageRatio", "cpu-usageRatio", true],
    ["cpu-usageRatio", "cpu-usageratio", true],
    ["cpu-usageRatio", "cpu-usageCores", false],
    ["cpu-usageRatio", "vm0-cpu-usageRatio", false],
    ["cpu-$1", "cpu-usageCores", true],
    ["cpu-$1", "memory-usedBytes", false],
    ["${1}-usage${2}", "cpu-usageRatio", true],
    ["${name}_per_second", "rps_per_second", true],
    ["$0", "cpu-usageRatio", false],
    ["a.b", "a.b", true],
    ["a.b", "a-b", false],
    ["a(b[c", "a(b[c", true],
    ["$$1", "$1", true],
    ["$$1", "$x", false],
    ["a$", "a$", true],
    ["a$-b", "a$-b", true],
  ] as const)("as %j comes to %j: %j", ([as, metric, expected]) => {
    expect(createNameReach(as)(metric)).toBe(expected);
  });
});
