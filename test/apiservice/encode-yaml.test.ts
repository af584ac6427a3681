import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { encodeYaml } from "../../src/apiservice/encode-yaml.ts";
import golden from "../vectors/wire-golden.json" with { type: "json" };

describe("encodeYaml()", () => {
  test("writes a list of metric values, keys sorted [wire 29]", () => {
    expect(encodeYaml(golden.protobuf.single_v1beta1.json)).toBe(`apiVersion: custom.metrics.k8s.io/v1beta1
items:
- describedObject:
    apiVersion: "/v1"
    kind: Pod
    name: p1
    namespace: ns1
  metricName: http
  selector: null
  timestamp: "2024-01-02T03:04:05Z"
  value: "1500m"
kind: MetricValueList
metadata: {}
`);
  });

  test.for([
    [{}, "{}"],
    [{ a: [] }, "a: []"],
    [{ a: {} }, "a: {}"],
    [{ a: undefined, b: 1 }, "b: 1"],
    [{ a: { b: undefined } }, "a: {}"],
    [{ a: [["b"], [{ c: 1, d: [2] }]] }, "a:\n- - b\n- - c: 1\n    d:\n    - 2"],
    [{ a: "true" }, 'a: "true"'],
    [{ a: "No" }, 'a: "No"'],
    [{ a: "12" }, 'a: "12"'],
    [{ a: "12:30" }, 'a: "12:30"'],
    [{ a: "" }, 'a: ""'],
    [{ a: "b c" }, 'a: "b c"'],
    [{ a: 'b\nc: "d"' }, 'a: "b\\nc: \\"d\\""'],
    [{ y: "\u0085" }, '"y": "\\u0085"'],
    [{ a: true, b: null, c: -1.5 }, "a: true\nb: null\nc: -1.5"],
  ] as const)("writes %j", ([value, text]) => {
    expect(encodeYaml(value)).toBe(`${text}\n`);
  });

  test.for(["1.1", "1.2"] as const)("writes what is read back the same, as YAML %s [wire 29]", (version) => {
    const words = ["yes", "1e3", "~", "-", "0o7", "1_0", "=", "2024-01-02", "a: b", "#"];
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...words));
    const object = fc.dictionary(text, fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), { noNullPrototype: true });
    fc.assert(
      fc.property(object, (value) => {
        expect(parse(encodeYaml(value), { version })).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
