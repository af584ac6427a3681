import { describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import { metricKinds, requestKind } from "../../src/apiservice/request-kind.ts";

const custom = "/apis/custom.metrics.k8s.io";
const external = "/apis/external.metrics.k8s.io/v1beta1";
const both = [customMetrics, externalMetrics];

/** The words that say something. */
function said(method: string, url: string, groups = both): string {
  return Object.values(requestKind(method, url, groups))
    .filter((word) => word !== "")
    .join(" ");
}

describe("requestKind()", () => {
  test.for([
    [`${custom}/v1beta2/namespaces/shop/pods/*/cpu`, "GET custom.metrics.k8s.io v1beta2 * * resource custom-metrics"],
    [`${custom}/v1beta1/namespaces/shop/pods/a/cpu?x`, "GET custom.metrics.k8s.io v1beta1 * * resource custom-metrics"],
    [`${custom}/v1beta2/namespaces/shop/metrics/cpu`, "GET custom.metrics.k8s.io v1beta2 * * resource custom-metrics"],
    [`${custom}/v1beta2/nodes/*/cpu`, "LIST custom.metrics.k8s.io v1beta2 * * cluster custom-metrics"],
    [`${external}/namespaces/shop/cpu`, "LIST external.metrics.k8s.io v1beta1 * * cluster external-metrics"],
  ] as const)("GET %s is %s", ([url, words]) => {
    expect(said("GET", url)).toBe(words);
  });

  test.for([
    "/healthz",
    "/livez",
    "/readyz",
    "/metrics",
    "/version",
    "/apis",
    custom,
    `${custom}/v1beta2`,
    external,
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/apis/custom.metrics.k8s.io/v1beta2",
  ])("GET %s is that path", (path) => {
    expect(said("GET", `${path}?verbose`)).toBe(`GET ${path}`);
  });

  test.for([
    "/",
    "/secret",
    "/healthz/",
    "/readyz/trust",
    "/apis/apps/v1",
    `${custom}/v9/x`,
    "*",
    "",
    "/apis?/metrics",
  ])("GET %s is none of those", (url) => {
    expect(said("GET", url)).toBe(url === "/apis?/metrics" ? "GET /apis" : "GET other");
  });

  test("a group that is not served is no kind of its own", () => {
    expect(said("GET", `${external}/namespaces/shop/cpu`, [customMetrics])).toBe("GET other");
  });

  test.for([
    ["POST", "POST"],
    ["HEAD", "HEAD"],
    ["PROPFIND", "other"],
    ["get", "other"],
  ] as const)("%s of anything is %s", ([method, verb]) => {
    expect(said(method, `${custom}/v1beta2/nodes/*/cpu`)).toBe(verb);
  });
});

describe("metricKinds()", () => {
  test("are those that requests for metrics can have, each once", () => {
    expect(metricKinds(both)).toEqual([
      requestKind("GET", `${custom}/v1beta2/namespaces/shop/pods/a/cpu`, both),
      requestKind("GET", `${custom}/v1beta2/nodes/a/cpu`, both),
      requestKind("GET", `${custom}/v1beta1/namespaces/shop/pods/a/cpu`, both),
      requestKind("GET", `${custom}/v1beta1/nodes/a/cpu`, both),
      requestKind("GET", `${external}/namespaces/shop/cpu`, both),
    ]);
  });
});
