import { describe, expect, test } from "vitest";
import { externalName } from "../../src/apiservice/external-name.ts";

describe("externalName()", () => {
  const known = ["cpu-usageCores", "queue", "Queue", "load"];
  test.for([
    ["cpu-usageCores", "cpu-usageCores"],
    ["cpu-usagecores", "cpu-usageCores"],
    ["load", "load"],
    ["LOAD", "LOAD"],
    ["queue", "queue"],
    ["Queue", "Queue"],
    ["vm0-cpu-usagecores", "vm0-cpu-usagecores"],
    ["cpu-usage", "cpu-usage"],
  ] as const)("takes %s for %s", ([written, name]) => {
    expect(externalName(written, known)).toBe(name);
  });

  test("does not choose between names that differ in case only", () => {
    expect(externalName("queue", ["Queue", "QUEUE"])).toBe("queue");
  });
});
