import { describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import { parseRequestTarget } from "../../src/apiservice/request-target.ts";
import { parseRoute, type Route } from "../../src/apiservice/routes.ts";

function route(url: string, groups = [customMetrics, externalMetrics]): Route {
  const target = parseRequestTarget(url);
  if (!target.ok) throw new Error(target.error);
  return parseRoute(target.value, groups);
}

describe("parseRoute()", () => {
  test.for([
    ["/version", { kind: "version" }],
    ["/apis", { kind: "groups" }],
    ["/apis/custom.metrics.k8s.io", { kind: "group", group: customMetrics }],
    ["/apis/custom.metrics.k8s.io/v1beta1", { kind: "resources", group: customMetrics, version: "v1beta1" }],
    ["/apis/custom.metrics.k8s.io/v1beta2", { kind: "resources", group: customMetrics, version: "v1beta2" }],
    ["/apis/external.metrics.k8s.io", { kind: "group", group: externalMetrics }],
    ["/apis/external.metrics.k8s.io/v1beta1", { kind: "resources", group: externalMetrics, version: "v1beta1" }],
    ["/openapi/v2", { kind: "openApiV2" }],
    ["/openapi/v3", { kind: "openApiV3" }],
    ["/openapi/v3/apis/custom.metrics.k8s.io/v1beta2?hash=x", { kind: "openApiV3Group" }],
    ["/openapi/v3/apis/external.metrics.k8s.io/v1beta1", { kind: "openApiV3Group" }],
  ] as const)("finds %s", ([url, expected]) => {
    expect(route(url)).toEqual(expected);
  });

  test.for([
    "/",
    "/apis/",
    "/apis/custom.metrics.k8s.io/",
    "/apis/custom.metrics.k8s.io/v1beta2/",
    "/apis//custom.metrics.k8s.io",
    "/apis/custom.metrics.k8s.io/v1",
    "/apis/metrics.k8s.io",
    "/apis/external.metrics.k8s.io/v1beta2",
    "/apis/external.metrics.k8s.io/v1beta2/namespaces/shop/queue",
    "/apis/external.metrics.k8s.io/v1beta1/",
    "/apis/external.metrics.k8s.io/v1beta1/queue",
    "/apis/external.metrics.k8s.io/v1beta1/shop/queue",
    "/apis/external.metrics.k8s.io/v1beta1/pods/shop/queue",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces//queue",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue/",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue/more",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/a%2Fb",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/metrics/queue",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/status",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/finalize",
    "/apis/custom.metrics.k8s.io/v1beta2/pods",
    "/apis/custom.metrics.k8s.io/v1beta2/pods/cart-0",
    "/apis/custom.metrics.k8s.io/v1beta2/pods/cart-0/rps/more",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/cart-0",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/cart-0/rps/more",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/cart-0/a%2Fb",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/metrics/cart-0/rps/more",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods./cart-0/rps",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/.apps/cart-0/rps",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/status/cart-0/rps",
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces//pods/cart-0/rps",
    "/openapi/v3/apis/custom.metrics.k8s.io/v1",
    "/openapi/v2/apis",
    "/version/x",
    "/metrics",
  ])("serves nothing at %s", (url) => {
    expect(route(url)).toEqual({ kind: "notFound" });
  });

  test("serves no group that is switched off [wire 30]", () => {
    expect(route("/apis/custom.metrics.k8s.io/v1beta2", [externalMetrics])).toEqual({ kind: "notFound" });
    expect(route("/apis/external.metrics.k8s.io/v1beta1", [customMetrics])).toEqual({ kind: "notFound" });
    expect(route("/openapi/v3/apis/external.metrics.k8s.io/v1beta1", [customMetrics])).toEqual({ kind: "notFound" });
  });

  const pods = { group: "", resource: "pods" };
  const cart0 = { by: "name", name: "cart-0" };
  test.for([
    ["namespaces/shop/pods/cart-0/rps", { metric: "rps", resource: pods, namespace: "shop", target: cart0 }],
    [
      "namespaces/shop/pods/%2A/rps",
      { metric: "rps", resource: pods, namespace: "shop", target: { by: "selector", selector: [] } },
    ],
    [
      "namespaces/shop/pods/*/job:rate5m%7Cx",
      { metric: "job:rate5m|x", resource: pods, namespace: "shop", target: { by: "selector", selector: [] } },
    ],
    [
      "namespaces/shop/widgets.example.com/w/m",
      {
        metric: "m",
        resource: { group: "example.com", resource: "widgets" },
        namespace: "shop",
        target: { by: "name", name: "w" },
      },
    ],
    [
      "namespaces/shop/nodes/n1/load",
      {
        metric: "load",
        resource: { group: "", resource: "nodes" },
        namespace: "shop",
        target: { by: "name", name: "n1" },
      },
    ],
    [
      "nodes/n1/load",
      { metric: "load", resource: { group: "", resource: "nodes" }, target: { by: "name", name: "n1" } },
    ],
    [
      "nodes/%2A/load",
      { metric: "load", resource: { group: "", resource: "nodes" }, target: { by: "selector", selector: [] } },
    ],
    [
      "namespaces/shop/metrics/rps",
      { metric: "rps", resource: { group: "", resource: "namespaces" }, target: { by: "name", name: "shop" } },
    ],
    [
      "namespaces/shop/metrics/rps/more",
      { metric: "rps", resource: { group: "", resource: "namespaces" }, target: { by: "name", name: "shop" } },
    ],
    [
      "namespaces/*/metrics/rps",
      { metric: "rps", resource: { group: "", resource: "namespaces" }, target: { by: "selector", selector: [] } },
    ],
  ] as const)("reads %s [wire 2] [wire 3]", ([path, request]) => {
    expect(route(`/apis/custom.metrics.k8s.io/v1beta1/${path}`)).toEqual({
      kind: "customMetric",
      version: "v1beta1",
      request: { ...request, metricSelector: [] },
    });
  });

  test("reads both selectors", () => {
    const found = route(
      "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/rps?labelSelector=app%3Dcart&metricLabelSelector=verb+in+(GET)",
    );
    expect(found).toMatchObject({
      request: {
        target: { by: "selector", selector: [{ key: "app", operator: "=", values: ["cart"] }] },
        metricSelector: [{ key: "verb", operator: "in", values: ["GET"] }],
      },
    });
  });

  test.for([
    ["namespaces/shop/rps", "invalid request path"],
    ["namespaces/shop/status", "invalid request path"],
    ["nodes/n1/load?labelSelector=a=b=c", "unable to parse labelSelector: expected ',' and another term, found \"=\""],
    ["nodes/n1/load?fieldSelector=metadata.name=n2", "fieldSelector can only be metadata.name=n1, as in the path"],
    ["nodes/n1/load?fieldSelector=spec.x=1", "fieldSelector can only be metadata.name=n1, as in the path"],
  ] as const)("refuses %s [wire 8]", ([path, message]) => {
    expect(route(`/apis/custom.metrics.k8s.io/v1beta2/${path}`)).toEqual({ kind: "badRequest", message });
  });

  test("tells a metric selector that it cannot read from other bad requests", () => {
    expect(route("/apis/custom.metrics.k8s.io/v1beta2/nodes/n1/load?metricLabelSelector=!")).toEqual({
      kind: "badMetricSelector",
      message: "unable to parse metricLabelSelector: expected a label key, found the end",
    });
  });

  test.for([
    "fieldSelector=metadata.name%3Dn1",
    "fieldSelector=metadata.name==n1",
    "fieldSelector=",
    "watch=true&limit=5",
  ])("accepts ?%s", (query) => {
    expect(route(`/apis/custom.metrics.k8s.io/v1beta2/nodes/n1/load?${query}`).kind).toBe("customMetric");
  });

  const external = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue";
  const vm0 = [{ key: "vm", operator: "=", values: ["vm0"] }];
  test.for([
    ["", []],
    ["?labelSelector=vm%3Dvm0", vm0],
    ["?labelSelector=vm%3Dvm0&metricLabelSelector=%21", vm0],
    ["?watch=false&limit=5&fieldSelector=metadata.name=x,a!=b", []],
    ["?fieldSelector=,a%3D%3Db%5C%2Cc", []],
  ] as const)("reads an external metric%s [wire 4]", ([query, selector]) => {
    const request = { metric: "queue", namespace: "shop", selector };
    expect(route(external + query)).toEqual({ kind: "externalMetric", request });
  });

  test("hands the name of an external metric on as it is", () => {
    expect(route(external.replace("queue", "vm0-job:rate5m%7Cx"))).toMatchObject({
      request: { metric: "vm0-job:rate5m|x" },
    });
  });

  test.for([
    ["labelSelector=a=b=c", "unable to parse labelSelector: expected ',' and another term, found \"=\""],
    ["labelSelector=!&watch=true", "unable to parse labelSelector: expected a label key, found the end"],
    ["fieldSelector=name", "unable to parse fieldSelector: expected terms such as metadata.name=web"],
    ["fieldSelector=a=b=c", "unable to parse fieldSelector: expected terms such as metadata.name=web"],
  ] as const)("refuses an external metric with %s", ([query, message]) => {
    expect(route(`${external}?${query}`)).toEqual({ kind: "badRequest", message });
  });

  test("tells a watch of an external metric from a list", () => {
    expect(route(`${external}?watch=true`)).toEqual({ kind: "watch", group: externalMetrics });
  });
});
