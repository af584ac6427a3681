import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import { ok } from "../../src/result.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";
import { askApi, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { ruleScene } from "../support/rule-scene.ts";
import { authority, client } from "../support/test-pki.ts";

/** Rules behind real HTTPS: what prometheus-adapter answers to paths, and the shapes of its answers. */

interface HttpVector extends AdapterVector {
  readonly kind: "http";
  readonly method: string;
  readonly path: string;
  readonly expect: { readonly code: number; readonly body?: string };
}

const config = `
rules:
- seriesQuery: some_metric
  resources: {template: "<<.Resource>>"}
  name: {matches: "^(.*)$", as: "some-metric"}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
- seriesQuery: m
  resources: {template: "<<.Resource>>"}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
- seriesQuery: a
  resources: {template: "<<.Resource>>"}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
externalRules:
- seriesQuery: my-external-metric
  resources: {namespaced: false}
  metricsQuery: queue
`;
const labels = { namespace: "ns", pod: "foo", node: "foo" };
const seriesSet = {
  some_metric: [{ __name__: "some_metric", ...labels }],
  m: [{ __name__: "m", ...labels }],
  a: [{ __name__: "a", ...labels }],
  "my-external-metric": [{ __name__: "my-external-metric" }],
};
const sample = [1_700_000_000.5, "1.5"];
const promResult = {
  resultType: "vector",
  result: [
    { metric: labels, value: sample },
    { metric: { ...labels, pod: "bar", node: "bar" }, value: sample },
  ],
};

let serving: Serving;

beforeAll(async () => {
  const { provider } = ruleScene({ config, mapper: "kubevirt", seriesSet, promResult, objects: ["foo", "bar", "ns"] });
  serving = await startApiServer({
    provider,
    groups: [customMetrics, externalMetrics],
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair: await client(await authority("serving-ca"), "adapter", { usages: ["serverAuth"] }),
  });
});

afterAll(async () => {
  await serving.server.stop();
});

function ask(path: string, method = "GET"): Promise<Reply> {
  return askApi(serving.port, path, { method, headers: ["Authorization", "Bearer good"] });
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

test.for(adapterVectors<HttpVector>("http"))("http: $id", async ({ method, path, expect: { code } }) => {
  expect((await ask(path, method)).code).toBe(code);
});

const api = "/apis/custom.metrics.k8s.io";

describe("an answer", () => {
  const pod = { kind: "Pod", namespace: "ns", name: "foo", apiVersion: "/v1" };

  test("has one item for an object, described as prometheus-adapter does", async () => {
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u) as unknown;
    const beta1 = await ask(`${api}/v1beta1/namespaces/ns/pods/foo/m`);
    expect(parse(beta1.text)).toEqual({
      kind: "MetricValueList",
      apiVersion: "custom.metrics.k8s.io/v1beta1",
      metadata: {},
      items: [{ describedObject: pod, metricName: "m", timestamp, value: "1500m", selector: null }],
    });
    const beta2 = await ask(`${api}/v1beta2/namespaces/ns/pods/foo/m`);
    expect(parse(beta2.text)).toMatchObject({
      items: [{ describedObject: pod, metric: { name: "m", selector: null }, timestamp, value: "1500m" }],
    });
  });

  test("has the selector of the metric, != among it", async () => {
    const reply = await ask(`${api}/v1beta2/namespaces/ns/pods/foo/m?metricLabelSelector=a%3Db%2Cc%21%3Dd`);
    const selector = { matchLabels: { a: "b" }, matchExpressions: [{ key: "c", operator: "NotIn", values: ["d"] }] };
    expect(parse(reply.text)).toMatchObject({ items: [{ metric: { selector } }] });
  });

  test.for([
    ["pods/*/m", 2],
    ["PODS/foo/m", 1],
    ["pod/foo/m", 1],
    ["metrics/m", 1],
  ] as const)("of %s has %d items", async ([path, count]) => {
    const { items } = parse((await ask(`${api}/v1beta2/namespaces/ns/${path}`)).text) as { items: readonly unknown[] };
    expect(items).toHaveLength(count);
  });

  test("of an external metric has all labels and the time of the evaluation", async () => {
    const reply = await ask("/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/my-external-metric");
    expect(parse(reply.text)).toMatchObject({
      items: [
        { metricName: "my-external-metric", metricLabels: labels, timestamp: "2023-11-14T22:13:20Z", value: "1500m" },
        { metricLabels: { pod: "bar" } },
      ],
    });
  });
});

describe("an error", () => {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };

  test.for([
    ["namespaces/ns/pods/foo/nope", 404, "NotFound", "the server could not find the metric nope for pods"],
    ["namespaces/ns/pods/baz/m", 404, "NotFound", "the server could not find the metric m for pods baz"],
    ["namespaces/ns/widgets.x.io/a/m", 404, "NotFound", "the server could not find the metric m for widgets.x.io"],
    ["namespaces/ns/widgets/*/m", 500, "InternalError", "Internal error occurred: unable to list matching resources"],
    ["namespaces/ns/m", 400, "BadRequest", "invalid request path"],
  ] as const)("of %s is %d %s", async ([path, code, reason, message]) => {
    expect(parse((await ask(`${api}/v1beta1/${path}`)).text)).toMatchObject({ ...status, code, reason, message });
  });

  test("of a metric selector that cannot be read has no reason", async () => {
    const body = parse((await ask(`${api}/v1beta1/namespaces/ns/pods/*/m?metricLabelSelector=x%20in%20a`)).text);
    expect(body).toMatchObject({ ...status, code: 500 });
    expect(body).not.toHaveProperty("reason");
  });
});

test("discovery lists a metric with each resource", async () => {
  const { resources } = parse((await ask(`${api}/v1beta1`)).text) as { resources: readonly { name: string }[] };
  expect(resources).toContainEqual({
    name: "pods/m",
    singularName: "",
    namespaced: true,
    kind: "MetricValueList",
    verbs: ["get"],
  });
  expect(resources.map(({ name }) => name)).toContain("nodes/some-metric");
});
