import { describe, expect, test } from "vitest";
import { negotiate } from "../../src/apiservice/negotiate.ts";

const v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const v2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
const protobuf = "application/vnd.kubernetes.protobuf";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

describe("negotiate()", () => {
  test.for([
    [undefined, "json"],
    ["", "json"],
    ["application/json", "json"],
    ["application/json, */*", "json"],
    ["*/*", "json"],
    ["text/html,application/*;q=0.8", "json"],
    ["application/yaml", "yaml"],
    ["application/yaml;q=0.9, application/json;q=0.8", "yaml"],
    [protobuf, "protobuf"],
    [`${protobuf}, */*`, "protobuf"],
    [`${protobuf},application/json`, "protobuf"],
    [`application/json,${protobuf}`, "json"],
    [`application/json;q=0.5,${protobuf}`, "protobuf"],
    [`${protobuf};q=0,application/yaml`, "yaml"],
    [`Application/Vnd.Kubernetes.Protobuf ; Q=1`, "protobuf"],
    ["application/json;charset=utf-8", "json"],
    [`${table},application/json`, "json"],
    [`${protobuf};as=Table;v=v1;g=meta.k8s.io,application/json`, "json"],
    [`${v2},${v2beta1},application/json`, "discovery"],
    [`${v2beta1},${v2}`, "discovery"],
    [`${v2};q=0.5,application/json`, "json"],
    [v2, "discovery"],
    [v2.replace("json", "yaml"), undefined],
    [v2.replace("json", "vnd.kubernetes.protobuf"), undefined],
    [v2beta1, undefined],
    [table, undefined],
    ["text/html", undefined],
    ["application/vnd.kubernetes", undefined],
    ["application/json;q=0", undefined],
    [";,;", undefined],
  ] as const)("%j at /apis gives %s", ([accept, form]) => {
    expect(negotiate(accept, true)?.form).toBe(form);
  });

  test("offers aggregated discovery at /apis only", () => {
    expect(negotiate(v2, false)).toBeUndefined();
    expect(negotiate(`${v2},application/json`, false)).toEqual({ form: "json", pretty: false });
  });

  test("hears a wish for indentation", () => {
    expect(negotiate("application/json;pretty=1", false)).toEqual({ form: "json", pretty: true });
  });
});
