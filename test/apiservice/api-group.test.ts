import { describe, expect, test } from "vitest";
import { apiGroups, customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";

describe("apiGroups()", () => {
  test.for([
    [[], []],
    [["external.metrics.k8s.io"], [externalMetrics]],
    [
      ["external.metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"],
      [customMetrics, externalMetrics],
    ],
  ] as const)("finds %j, each once and in one order", ([names, groups]) => {
    expect(apiGroups(names)).toEqual(groups);
  });
});
