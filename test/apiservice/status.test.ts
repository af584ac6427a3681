import { describe, expect, test } from "vitest";
import { failure } from "../../src/apiservice/status.ts";
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
