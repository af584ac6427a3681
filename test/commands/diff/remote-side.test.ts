import { describe, expect, test } from "vitest";
import { parsePlace } from "../../../src/commands/diff/remote-side.ts";

describe("parsePlace()", () => {
  test.for([
    [["https://localhost:6443"], { url: "https://localhost:6443" }],
    [["v1beta1.custom.metrics.k8s.io"], { apiServices: new Map([["custom.metrics.k8s.io", "v1beta1"]]) }],
    [
      ["v1beta2.custom.metrics.k8s.io", "v1beta1.external.metrics.k8s.io"],
      {
        apiServices: new Map([
          ["custom.metrics.k8s.io", "v1beta2"],
          ["external.metrics.k8s.io", "v1beta1"],
        ]),
        names: "v1beta2.custom.metrics.k8s.io and v1beta1.external.metrics.k8s.io",
      },
    ],
  ] as const)("reads %j", ([words, place]) => {
    expect(parsePlace(words)).toMatchObject(place);
  });

  test.for([
    [[]],
    [["prometheus-adapter"]],
    [["https://"]],
    [["http://localhost"]],
    [["v1beta1.metrics.k8s.io"]],
    [["https://a", "https://b"]],
    [["v1beta1.custom.metrics.k8s.io", "https://a"]],
  ] as const)("refuses %j", ([words]) => {
    expect(parsePlace(words)).toBeUndefined();
  });
});
