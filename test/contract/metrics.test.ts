import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AccessSpec } from "../../src/apiservice/access.ts";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../src/naming/metric-request.ts";
import type { DescribedObject, ExternalReading, MetricsProvider } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Asking, pretty, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { authority, client } from "../support/test-pki.ts";

/** Both groups on one server: which request the provider gets, who is asked for leave, and what the client sees. */

const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const external = "/apis/external.metrics.k8s.io/v1beta1";
const cores = `${external}/namespaces/shop/cpu-usageCores`;
const timestampMs = Date.parse("2024-01-02T03:04:05.678Z");
const readings: readonly ExternalReading[] = [
  { labels: { vm: "web-0" }, value: 1.5, timestampMs, windowSeconds: 60 },
  { labels: { vm: "web-1", estimated: "true" }, value: 2, timestampMs, windowSeconds: 60 },
];

let keyPair: KeyPair;
let both: Serving;
let described: DescribedObject;
let answer: Result<readonly ExternalReading[], MetricError>;
let specs: AccessSpec[];
let asked: (MetricRequest | ExternalMetricRequest)[];

const provider: MetricsProvider = {
  list: () => [{ resource: { group: "", resource: "nodes" }, namespaced: false, metric: "load" }],
  listExternal: () => ["cpu-usageCores", "guest-memoryUsedBytes"],
  notice: () => undefined,
  read: (request) => {
    asked.push(request);
    return Promise.resolve(ok([{ object: described, value: 1, timestampMs }]));
  },
  readExternal: (request) => {
    asked.push(request);
    return Promise.resolve(answer);
  },
};

function reviewAccess(spec: AccessSpec): Promise<Result<{ allowed: boolean; reason: string }, string>> {
  specs.push(spec);
  return Promise.resolve(ok({ allowed: true, reason: "" }));
}

beforeAll(async () => {
  keyPair = await client(await authority("serving-ca"), "adapter", { usages: ["serverAuth"] });
  both = await startApiServer({ provider, reviewAccess, keyPair, groups: [customMetrics, externalMetrics] });
});

afterAll(async () => {
  await both.server.stop();
});

beforeEach(() => {
  described = { apiVersion: "v1", kind: "Node", name: "n1" };
  answer = ok(readings);
  specs = [];
  asked = [];
});

function ask(path: string, asking: Asking = {}): Promise<Reply> {
  return askApi(both.port, path, { ...asking, headers: ["Authorization", "Bearer good"] });
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

describe("cluster-scoped objects", () => {
  const nodes = { group: "", resource: "nodes" };
  const namespaces = { group: "", resource: "namespaces" };
  const n1 = { by: "name", name: "n1" };
  const all = { by: "selector", selector: [] };
  const node = { resource: "nodes", subresource: "load" };

  test.for([
    ["nodes/n1/load", { resource: nodes, target: n1 }, { ...node, name: "n1" }],
    ["nodes/*/load", { resource: nodes, target: all }, { ...node, name: "*" }],
    ["nodes/%2A/load", { resource: nodes, target: all }, { ...node, name: "*" }],
    [
      "namespaces/shop/nodes/n1/load",
      { resource: nodes, namespace: "shop", target: n1 },
      { ...node, namespace: "shop", name: "n1" },
    ],
    [
      "namespaces/shop/metrics/load",
      { resource: namespaces, target: { by: "name", name: "shop" } },
      { namespace: "shop", resource: "metrics", name: "load" },
    ],
    [
      "namespaces/*/metrics/load",
      { resource: namespaces, target: all },
      { namespace: "*", resource: "metrics", name: "load" },
    ],
  ] as const)("%s [wire 2] [wire 3] [wire 14]", async ([path, request, attributes]) => {
    const reply = await ask(`${custom}/${path}`);
    expect(asked).toEqual([{ metric: "load", metricSelector: [], ...request }]);
    const access = { verb: "get", group: "custom.metrics.k8s.io", version: "v1beta2", ...attributes };
    expect(specs.map((spec) => "resourceAttributes" in spec && spec.resourceAttributes)).toEqual([access]);
    expect(parse(reply.text)).toMatchObject({ kind: "MetricValueList", items: [{ metric: { name: "load" } }] });
    // No namespace, whether the path has one or not.
    expect(reply.text).toContain('"describedObject":{"kind":"Node","name":"n1","apiVersion":"v1"}');
  });

  test("a watch of them is a list, as metrics of objects have no watch", async () => {
    const reply = await ask(`${custom}/nodes/*/load?watch=true`);
    expect(parse(reply.text)).toMatchObject({ kind: "MetricValueList" });
    expect(specs).toMatchObject([{ resourceAttributes: { verb: "get" } }]);
  });
});

describe("external metrics", () => {
  test.for([
    ["external-metric-value-list", cores],
    ["external-resource-list", external],
    ["external-group", "/apis/external.metrics.k8s.io"],
    ["both-groups", "/apis"],
    ["both-groups-openapi-v3", "/openapi/v3"],
  ] as const)("%s [wire 4] [wire 5] [wire 20]", async ([name, path]) => {
    const reply = await ask(path);
    expect(reply).toMatchObject({ code: 200, headers: { "content-type": "application/json" } });
    await expect(pretty(reply.text)).toMatchFileSnapshot(`../golden/${name}.json`);
  });

  test("aggregated discovery lists both groups [wire 19]", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const reply = await askApi(both.port, "/apis", {
      headers: ["Authorization", "Bearer good", "Accept", accept],
    });
    expect(reply.headers["content-type"]).toBe(accept);
    await expect(pretty(reply.text)).toMatchFileSnapshot("../golden/both-groups-discovery.json");
  });

  test("have an OpenAPI document [wire 20]", async () => {
    expect((await ask(`/openapi/v3${external}`)).code).toBe(200);
  });

  test.for([
    ["", []],
    ["?labelSelector=vm%3Dweb-0", [{ key: "vm", operator: "=", values: ["web-0"] }]],
    ["?metricLabelSelector=%21&fieldSelector=metadata.name%3Dx", []],
  ] as const)("are asked of the provider by their labels%s [wire 4] [wire 8]", async ([query, selector]) => {
    expect((await ask(cores + query)).code).toBe(200);
    expect(asked).toEqual([{ metric: "cpu-usageCores", namespace: "shop", selector }]);
  });

  test("are found in lower case, as the HorizontalPodAutoscaler asks for them; leave is asked as it is written [wire 4] [wire 14]", async () => {
    const reply = await ask(cores.toLowerCase());
    expect(asked).toEqual([{ metric: "cpu-usageCores", namespace: "shop", selector: [] }]);
    expect(specs).toMatchObject([{ resourceAttributes: { resource: "cpu-usagecores" } }]);
    expect(parse(reply.text)).toMatchObject({ items: [{ metricName: "cpu-usageCores" }, {}] });
  });

  test.for([
    ["GET", "", "list"],
    ["GET", "?watch=true", "watch"],
    ["HEAD", "", "list"],
    ["POST", "", "create"],
    ["PUT", "", "update"],
    ["PATCH", "", "patch"],
    ["DELETE", "", "deletecollection"],
  ] as const)("%s%s needs leave to %s the metric [wire 14]", async ([method, query, verb]) => {
    await ask(cores + query, { method });
    expect(specs).toEqual([
      {
        user: "carol",
        uid: "u-carol",
        groups: ["ops", "system:authenticated"],
        extra: {},
        resourceAttributes: {
          namespace: "shop",
          verb,
          group: "external.metrics.k8s.io",
          version: "v1beta1",
          resource: "cpu-usageCores",
        },
      },
    ]);
  });

  test("an empty list is a list [wire 4]", async () => {
    answer = ok([]);
    expect(parse((await ask(cores)).text)).toEqual({
      kind: "ExternalMetricValueList",
      apiVersion: "external.metrics.k8s.io/v1beta1",
      metadata: {},
      items: [],
    });
  });

  test("cannot be watched [wire 10]", async () => {
    const reply = await ask(`${cores}?watch=true`);
    expect(reply.headers["allow"]).toBe("GET");
    expect(asked).toEqual([]);
    await expect(pretty(reply.text)).toMatchFileSnapshot("../golden/external-watch.json");
  });

  test.for(["OPTIONS", "POST", "PUT", "PATCH", "DELETE"])("%s is not allowed [wire 10]", async (method) => {
    const reply = await ask(cores, { method });
    expect(reply).toMatchObject({ code: 405, headers: { allow: "GET" } });
    expect(parse(reply.text)).toMatchObject({ kind: "Status", reason: "MethodNotAllowed", details: {}, code: 405 });
    expect(asked).toEqual([]);
  });

  test("HEAD is not allowed either [wire 10] [trap 8]", async () => {
    expect(await ask(cores, { method: "HEAD" })).toMatchObject({ code: 405, text: "", headers: { allow: "GET" } });
    expect(asked).toEqual([]);
  });

  test.for([
    [`${external}/namespaces/shop/cpu-usageCores/more`, 404],
    [`${external}/namespaces/shop/status`, 404],
    [`${external}/nodes/n1/cpu-usageCores`, 404],
    [`${external}/cpu-usageCores`, 404],
    ["/apis/external.metrics.k8s.io/v1beta2", 404],
    [`${cores}?labelSelector=a%3Db%3Dc`, 400],
    [`${cores}?fieldSelector=name`, 400],
    [`${cores}?timeout=soon`, 400],
  ] as const)("%s gets %d [wire 8] [wire 10]", async ([path, code]) => {
    const reply = await ask(path);
    expect(reply.code).toBe(code);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", status: "Failure", code });
    expect(asked).toEqual([]);
  });

  test.for<[string, MetricError, number]>([
    ["unknown", { kind: "unknownExternalMetric", metric: "cpu-usageCores", known: ["cpu-stealCores"] }, 404],
    [
      "no-values",
      {
        kind: "noExternalValues",
        metric: "cpu-usageCores",
        namespace: "shop",
        absence: { why: "coverage", reporting: 3, silent: 7, starting: 2, minimumCoverage: 0.8 },
      },
      404,
    ],
    ["unavailable", { kind: "backendUnavailable", detail: "10.0.0.1 refused" }, 503],
  ])("external-%s [wire 9] [wire 10]", async ([name, error, code]) => {
    answer = fail(error);
    const reply = await ask(`${cores}?labelSelector=vm+in+(web-0,web-1)`);
    expect(reply.code).toBe(code);
    expect(reply.headers["retry-after"]).toBeUndefined();
    await expect(pretty(reply.text)).toMatchFileSnapshot(`../golden/external-${name}.json`);
  });
});

test("a group that is switched off is not there at all [wire 30]", async () => {
  const { server, port } = await startApiServer({ provider, reviewAccess, keyPair, groups: [externalMetrics] });
  const paths = ["/apis", external, cores, custom, `${custom}/nodes/n1/load`, "/apis/custom.metrics.k8s.io"];
  const replies = await Promise.all(
    paths.map((path) => askApi(port, path, { headers: ["Authorization", "Bearer good"] })),
  );
  await server.stop();
  expect(replies.map(({ code }) => code)).toEqual([200, 200, 200, 404, 404, 404]);
  expect(replies[0]?.text).not.toContain("custom.metrics.k8s.io");
});

test("a server without groups is well and lists none", async () => {
  const { server, port } = await startApiServer({ provider, reviewAccess, keyPair, groups: [] });
  const replies = await Promise.all(
    ["/apis", "/openapi/v3"].map((path) => askApi(port, path, { headers: ["Authorization", "Bearer good"] })),
  );
  await server.stop();
  expect(replies.map(({ text }) => parse(text))).toEqual([
    { kind: "APIGroupList", apiVersion: "v1", groups: [] },
    { paths: {} },
  ]);
});
