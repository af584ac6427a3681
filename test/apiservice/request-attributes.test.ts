import { describe, expect, test } from "vitest";
import { requestAttributes } from "../../src/apiservice/request-attributes.ts";
import { parseRequestTarget } from "../../src/apiservice/request-target.ts";

function attributes(method: string, url: string): ReturnType<typeof requestAttributes> {
  const target = parseRequestTarget(url);
  if (!target.ok) throw new Error(target.error);
  return requestAttributes(method, target.value);
}

const base = { group: "custom.metrics.k8s.io", version: "v1beta1", verb: "get" };
const prefix = "/apis/custom.metrics.k8s.io/v1beta1";

describe("requestAttributes()", () => {
  test.for([
    ["namespaces/ns/pods/p/http", { namespace: "ns", resource: "pods", subresource: "http", name: "p" }],
    ["namespaces/ns/pods/%2A/http", { namespace: "ns", resource: "pods", subresource: "http", name: "*" }],
    [
      "namespaces/ns/deployments.apps/d/http",
      { namespace: "ns", resource: "deployments.apps", subresource: "http", name: "d" },
    ],
    ["nodes/n/http", { resource: "nodes", subresource: "http", name: "n" }],
    ["nodes/%2A/http", { resource: "nodes", subresource: "http", name: "*" }],
    ["namespaces/ns/nodes/n/http", { namespace: "ns", resource: "nodes", subresource: "http", name: "n" }],
    ["namespaces/ns/metrics/http", { namespace: "ns", resource: "metrics", name: "http" }],
    ["namespaces/ns/metrics/http/ignored", { namespace: "ns", resource: "metrics", name: "http" }],
    ["namespaces/ns/metrics/http%2Fignored", { namespace: "ns", resource: "metrics", name: "http" }],
    ["namespaces/*/metrics/http", { namespace: "*", resource: "metrics", name: "http" }],
    ["namespaces/ns/pods/p/http?watch=true", { namespace: "ns", resource: "pods", subresource: "http", name: "p" }],
    ["namespaces/ns/pods/p", { namespace: "ns", resource: "pods", name: "p" }],
    ["namespaces/ns", { namespace: "ns", resource: "namespaces", name: "ns" }],
    ["namespaces/ns/status", { namespace: "ns", resource: "namespaces", subresource: "status", name: "ns" }],
    ["namespaces/ns/queue", { namespace: "ns", resource: "queue", verb: "list" }],
    ["nodes", { resource: "nodes", verb: "list" }],
    ["nodes/", { resource: "nodes", verb: "list" }],
    ["namespaces/ns/pods/p/a%2Fb", { namespace: "ns", resource: "pods", subresource: "a", name: "p" }],
  ] as const)("reads GET %s [wire 14]", ([path, expected]) => {
    expect(attributes("GET", `${prefix}/${path}`)).toEqual({ resourceAttributes: { ...base, ...expected } });
  });

  test.for([
    ["", "list"],
    ["?watch=true", "watch"],
    ["?watch=1", "watch"],
    ["?watch=", "watch"],
    ["?watch", "watch"],
    ["?watch=no", "watch"],
    ["?watch=false", "list"],
    ["?watch=False", "list"],
    ["?watch=0", "list"],
    ["?watch=0&watch=true", "list"],
  ] as const)("reads an external metric%s as %s [wire 14]", ([query, verb]) => {
    expect(attributes("GET", `/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/queue${query}`)).toEqual({
      resourceAttributes: {
        namespace: "ns",
        verb,
        group: "external.metrics.k8s.io",
        version: "v1beta1",
        resource: "queue",
      },
    });
  });

  test.for([
    ["GET", "get"],
    ["HEAD", "get"],
    ["POST", "create"],
    ["PUT", "update"],
    ["PATCH", "patch"],
    ["DELETE", "delete"],
  ] as const)("maps %s to %s [wire 14]", ([method, verb]) => {
    expect(attributes(method, `${prefix}/nodes/n/m`)).toMatchObject({ resourceAttributes: { verb } });
  });

  test("maps POST of all to create, whether it is to be watched or not", () => {
    expect(attributes("POST", `${prefix}/nodes?watch=true`)).toMatchObject({ resourceAttributes: { verb: "create" } });
  });

  test("maps DELETE of all to deletecollection", () => {
    expect(attributes("DELETE", `${prefix}/nodes`)).toMatchObject({ resourceAttributes: { verb: "deletecollection" } });
  });

  test.for([
    "/apis",
    "/apis/",
    "/apis/custom.metrics.k8s.io",
    prefix,
    `${prefix}/`,
    "/version",
    "/openapi/v2",
    "/readyz/ping",
    "/",
    "/api/v1/pods",
  ])("takes %s for no resource", (path) => {
    expect(attributes("GET", path)).toEqual({ nonResourceAttributes: { path, verb: "get" } });
  });
});
