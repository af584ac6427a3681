import { describe, expect, test } from "vitest";
import type { GroupResource } from "../../src/naming/group-resource.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../src/naming/metric-request.ts";
import { type MetricsApi, metricsApis } from "../../src/naming/metrics-api.ts";
import { createCombinedProvider } from "../../src/query/combined-provider.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import type { RuleProvider } from "../../src/query/rules/rule-provider.ts";
import { fail, ok } from "../../src/result.ts";
import { ignore } from "../support/ignore.ts";

const pods: GroupResource = { group: "", resource: "pods" };
const nodes: GroupResource = { group: "", resource: "nodes" };

const rules: RuleProvider = {
  ...side(
    "rules",
    [
      ["pods", "rps"],
      ["pods", "shared"],
    ],
    ["queue", "shared"],
  ),
  defines: ({ metric, resource }) => resource.resource === "pods" && (metric === "rps" || metric === "shared"),
  awaits: (metric) => metric.startsWith("awaited"),
  awaitsExternal: (metric) => metric.startsWith("awaited"),
  definesExternal: (metric) => metric === "queue" || metric === "shared",
};
const vms = side(
  "vms",
  [
    ["nodes", "cpu"],
    ["pods", "cpu"],
    ["pods", "shared"],
  ],
  ["cpu", "shared"],
);

/** Answers with its name as the name of the object, or as a label. */
function side(
  name: string,
  list: readonly (readonly [string, string])[],
  externals: readonly string[],
  error?: MetricError,
): MetricsProvider {
  const object = { apiVersion: "v1", kind: "Pod", name };
  const figure = { value: 1, timestampMs: 1 };
  return {
    list: () => list.map(([resource, metric]) => ({ resource: { group: "", resource }, namespaced: true, metric })),
    listExternal: () => externals,
    notice: () => ({ replacedBy: name }) as never,
    read: () => Promise.resolve(error === undefined ? ok([{ object, ...figure }]) : fail(error)),
    readExternal: () => Promise.resolve(error === undefined ? ok([{ labels: { name }, ...figure }]) : fail(error)),
  };
}

function custom(metric: string, resource = pods): MetricRequest {
  return { metric, resource, namespace: "shop", target: { by: "name", name: "a" }, metricSelector: [] };
}

function external(metric: string): ExternalMetricRequest {
  return { metric, namespace: "shop", selector: [] };
}

function combined(apis: readonly MetricsApi[] = metricsApis, other = vms): MetricsProvider {
  return createCombinedProvider(rules, other, apis);
}

describe("read()", () => {
  test.for([
    ["rps", pods, metricsApis, "rules"],
    ["cpu", pods, metricsApis, "vms"],
    ["shared", pods, metricsApis, "rules"],
    ["shared", nodes, metricsApis, "vms"],
    ["awaited", pods, metricsApis, "rules"],
    ["cpu", pods, ["external.metrics.k8s.io"], "rules"],
    ["cpu", pods, [], "rules"],
  ] as const)("asks for %s of %j, where virtual machines have %j: %s", async ([metric, resource, apis, name]) => {
    expect(await combined(apis).read(custom(metric, resource), ignore)).toMatchObject({
      value: [{ object: { name } }],
    });
  });

  test.for<readonly [MetricError, MetricError]>([
    [
      { kind: "unknownMetric", metric: "cpus", resource: pods, known: ["cpu", "shared"] },
      { kind: "unknownMetric", metric: "cpus", resource: pods, known: ["cpu", "rps", "shared"] },
    ],
    [
      { kind: "unknownResource", resource: pods, known: [nodes] },
      { kind: "unknownMetric", metric: "cpus", resource: pods, known: ["rps", "shared"] },
    ],
    [
      { kind: "unknownResource", resource: nodes, known: [pods] },
      { kind: "unknownResource", resource: nodes, known: [pods] },
    ],
    [{ kind: "timedOut" }, { kind: "timedOut" }],
  ])("%j becomes %j", async ([error, expected]) => {
    const answer = await combined(metricsApis, side("vms", [], [], error)).read(custom("cpus"), ignore);
    expect(answer).toEqual(fail(expected));
  });
});

test("read() says what is similar to a name that rules could make and virtual machines do not have", async () => {
  const error: MetricError = { kind: "unknownMetric", metric: "awaited", resource: nodes, known: ["cpu"] };
  const answer = await combined(metricsApis, side("vms", [], [], error)).read(custom("awaited"), ignore);
  expect(answer).toEqual(fail(error));
});

describe("readExternal()", () => {
  test.for([
    ["queue", metricsApis, "rules"],
    ["cpu", metricsApis, "vms"],
    ["shared", metricsApis, "rules"],
    ["awaited", metricsApis, "rules"],
    ["cpu", ["custom.metrics.k8s.io"], "rules"],
  ] as const)("asks for %s, where virtual machines have %j: %s", async ([metric, apis, name]) => {
    expect(await combined(apis).readExternal(external(metric), ignore)).toMatchObject({
      value: [{ labels: { name } }],
    });
  });

  test("names what both have", async () => {
    const error: MetricError = { kind: "unknownExternalMetric", metric: "x", known: ["cpu"] };
    const answer = await combined(metricsApis, side("vms", [], [], error)).readExternal(external("x"), ignore);
    expect(answer).toEqual(fail({ ...error, known: ["cpu", "queue", "shared"] }));
  });
});

describe("list()", () => {
  function names(provider: MetricsProvider): readonly string[] {
    return provider.list().map(({ resource, metric }) => `${resource.resource}/${metric}`);
  }

  test("has each name of a resource once, in order", () => {
    expect(names(combined())).toEqual(["nodes/cpu", "pods/cpu", "pods/rps", "pods/shared"]);
  });

  test("has no metrics of virtual machines in a group that they are not served in", () => {
    const provider = combined(["external.metrics.k8s.io"]);
    expect(names(provider)).toEqual(["pods/rps", "pods/shared"]);
    expect(provider.listExternal()).toEqual(["cpu", "queue", "shared"]);
    expect(combined([]).listExternal()).toEqual(["queue", "shared"]);
    expect(combined([]).notice("cpu")).toBeUndefined();
  });
});
