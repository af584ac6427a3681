import { describe, expect, test } from "vitest";
import { failure, internalError, unexplained } from "../../src/apiservice/status.ts";
import golden from "../vectors/wire-golden.json" with { type: "json" };

describe("failure()", () => {
  test("is what the Go library writes", () => {
    const status = failure("NotFound", "the server could not find the metric missing for pods");
    expect(status).toEqual(golden.protobuf.status_404.json);
  });

  test("has the details that are given", () => {
    expect(failure("MethodNotAllowed", "no", { kind: "*" })).toMatchObject({ code: 405, details: { kind: "*" } });
  });
});

describe("internalError()", () => {
  test("says its cause as Kubernetes' own servers do", () => {
    expect(internalError("unable to fetch metrics")).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Internal error occurred: unable to fetch metrics",
      reason: "InternalError",
      details: { causes: [{ message: "unable to fetch metrics" }] },
      code: 500,
    });
  });
});

describe("unexplained()", () => {
  test("has no reason", () => {
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: "no", code: 500 };
    expect(unexplained("no")).toEqual(status);
  });
});
