import { describe, expect, test } from "vitest";
import { encodeProtobuf } from "../../src/apiservice/encode-protobuf.ts";
import { failure } from "../../src/apiservice/status.ts";
import { decodeProtobuf } from "../support/protobuf.ts";
import more from "../vectors/kubernetes-protobuf.json" with { type: "json" };
import golden from "../vectors/wire-golden.json" with { type: "json" };

/** The same object in JSON and in the bytes that Kubernetes' own library writes. */
const vectors = Object.entries({ ...golden.protobuf, ...more }).map(([name, { hex, json }]) => ({ name, hex, json }));

describe("encodeProtobuf()", () => {
  test.for(vectors)("writes $name byte for byte as the Go library does [wire 33]", ({ hex, json }) => {
    expect(encodeProtobuf(json).toString("hex")).toBe(hex);
  });

  test.for(vectors)("writes what can be read back: $name [wire 33]", ({ hex, json }) => {
    expect(decodeProtobuf(Buffer.from(hex, "hex"))).toEqual(json);
  });

  test.for([0, 127, 128, 129, 16_383, 16_384, 100_000])("counts %d bytes [wire 33]", (length) => {
    const status = failure("InternalError", "x".repeat(length));
    expect(decodeProtobuf(encodeProtobuf(status))).toEqual({
      ...status,
      ...(length === 0 ? { message: undefined } : {}),
    });
  });

  test.for([0, 1, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, -(2 ** 40)])("writes number %d", (code) => {
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, ...(code === 0 ? {} : { code }) };
    expect(decodeProtobuf(encodeProtobuf(status))).toEqual(status);
  });

  test("writes labels in the order of their keys [wire 33]", () => {
    const { json } = golden.protobuf.external_v1beta1;
    const [item] = json.items;
    const turned = { ...json, items: [{ ...item, metricLabels: { b: "2", a: "1" } }] };
    expect(encodeProtobuf(turned)).toEqual(encodeProtobuf({ ...json, items: [item] }));
  });

  test.for([
    [{ kind: "Pod", apiVersion: "v1" }, 'Cannot write "v1 Pod" as protobuf: it has no message'],
    [{ swagger: "2.0" }, 'Cannot write "undefined undefined" as protobuf: it has no message'],
    [{ kind: "Status", apiVersion: "v1", code: "404" }, 'Cannot write "404" as an integer'],
    [{ kind: "Status", apiVersion: "v1", code: 1.5 }, "Cannot write 1.5 as an integer"],
    [{ kind: "Status", apiVersion: "v1", message: 1 }, "Cannot write 1 as a text"],
    [{ kind: "APIGroupList", apiVersion: "v1", groups: {} }, "Cannot write {} as a list"],
    [{ kind: "Status", apiVersion: "v1", details: "x" }, 'Cannot write "x" as a message'],
  ] as const)("throws on %j, which nobody may take for something else", ([object, message]) => {
    expect(() => encodeProtobuf(object)).toThrow(message);
  });
});
