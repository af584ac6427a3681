import { describe, expect, test } from "vitest";
import type { ApiResourceGroup } from "../../../src/naming/rules/rest-mapper.ts";
import type { Decision } from "../../../src/query/decision.ts";
import { ignore } from "../../support/ignore.ts";
import { type AskedMetric, requestFor, ruleScene, type SceneFacts, sceneTimeMs } from "../../support/rule-scene.ts";

const mapper: readonly ApiResourceGroup[] = [
  {
    group: "",
    version: "v1",
    resources: [
      { name: "pods", singular: "pod", kind: "Pod", namespaced: true },
      { name: "nodes", singular: "node", kind: "Node", namespaced: false },
      { name: "namespaces", singular: "namespace", kind: "Namespace", namespaced: false },
    ],
  },
  {
    group: "storage.k8s.io",
    version: "v1",
    resources: [{ name: "storageclasses", singular: "storageclass", kind: "StorageClass", namespaced: false }],
  },
];

const config = `
rules:
- seriesQuery: up
  resources: {template: "<<.Resource>>"}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
externalRules:
- seriesQuery: queue
  resources: {namespaced: false}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
- seriesQuery: everywhere
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
- seriesQuery: broken
  resources: {namespaced: false}
  metricsQuery: <<.Nothing>>
`;
const seriesSet = {
  up: [{ __name__: "up", namespace: "shop", pod: "a", node: "n", storageclass: "fast" }],
  queue: [{ __name__: "queue" }],
  everywhere: [{ __name__: "everywhere" }],
  broken: [{ __name__: "broken" }],
};

const pod: AskedMetric = { resource: "pods", namespace: "shop", name: "a", metric: "up" };

function vector(...samples: readonly (readonly [string, string])[]) {
  const result = samples.map(([name, value]) => ({ metric: { pod: name }, value: [1_700_000_000.5, value] }));
  return { resultType: "vector", result };
}

function scene(facts: Partial<SceneFacts> = {}) {
  return ruleScene({ config, mapper, seriesSet, promResult: vector(["a", "1.5"]), ...facts });
}

async function values(facts: Partial<SceneFacts>, asked: Partial<AskedMetric> = {}) {
  const answer = await scene(facts).provider.read(requestFor({ ...pod, ...asked }), ignore);
  return answer.ok ? answer.value.map(({ object, value }) => [object.name, value]) : answer.error.kind;
}

describe("read()", () => {
  test("describes the object, at the time of the request", async () => {
    expect(await scene().provider.read(requestFor(pod), ignore)).toEqual({
      ok: true,
      value: [
        {
          object: { apiVersion: "/v1", kind: "Pod", namespace: "shop", name: "a" },
          value: 1.5,
          rounding: "truncate",
          timestampMs: sceneTimeMs,
        },
      ],
    });
  });

  test("describes it at the time of the sample when that is asked for", async () => {
    const { provider } = scene({ compatibility: { timestamps: "sample", rounding: "nearest" } });
    const reading = { timestampMs: 1_700_000_000_500, rounding: "nearest" };
    expect(await provider.read(requestFor(pod), ignore)).toMatchObject({ value: [reading] });
  });

  test.for([
    ["an object that is not there", { objects: ["a", "b"] }, [["a", 1.5]]],
    ["samples of others", { promResult: vector(["x", "9"]) }, []],
    [
      "the order of the list",
      { objects: ["b", "a"], promResult: vector(["a", "1"], ["b", "2"]) },
      [
        ["b", 2],
        ["a", 1],
      ],
    ],
    ["NaN, which is 0", { promResult: vector(["a", "NaN"]) }, [["a", 0]]],
    ["an infinite value, which is left out", { promResult: vector(["a", "+Inf"]) }, []],
    ["a value that is too large", { promResult: vector(["a", "9.3e15"]) }, []],
    ["the last of several samples", { promResult: vector(["a", "1"], ["a", "2"]) }, [["a", 2]]],
    ["a list that fails", { objects: "!error" }, "ruleObjectsUnknown"],
    ["no object", { objects: [] }, "ruleMetricNotFound"],
    ["a failing Prometheus", { promError: "boom" }, "ruleQueryFailed"],
    ["a scalar", { promResult: { resultType: "scalar", result: [1, "1"] } }, "ruleQueryFailed"],
    ["a matrix", { promResult: { resultType: "matrix", result: [] } }, "ruleQueryFailed"],
  ] as const)("by selector, with %s", async ([, facts, expected]) => {
    expect(await values({ objects: ["a"], ...facts }, { name: "*" })).toEqual(expected);
  });

  test.for([
    ["+Inf", 2 ** 63 / 1_000],
    ["-Inf", -(2 ** 63) / 1_000],
    ["9.3e15", 2 ** 63 / 1_000],
  ] as const)("answers %s as the nearest quantity when that is asked for", async ([sample, nearest]) => {
    const facts: Partial<SceneFacts> = { promResult: vector(["a", sample]), compatibility: { infinities: "clamp" } };
    expect(await values(facts)).toEqual([["a", nearest]]);
  });

  test("an infinite value of an object asked for by name is none", async () => {
    expect(await values({ promResult: vector(["a", "+Inf"]) })).toBe("ruleMetricNotFound");
  });

  test.for([
    ["pods", "shop", true],
    ["PODS", "shop", true],
    ["pod", "shop", true],
    ["nodes", undefined, true],
    ["nodes", "shop", false],
    ["namespaces", undefined, true],
    ["pods", undefined, false],
    ["storageclasses.storage.k8s.io", "shop", true],
    ["storageclasses.storage.k8s.io", undefined, true],
    ["widgets", "shop", false],
  ] as const)("defines metrics of %s in namespace %s: %s", ([resource, namespace, defined]) => {
    const request = requestFor({ ...pod, resource, ...(namespace === undefined ? {} : { namespace }) });
    const { namespace: _, ...root } = request;
    expect(scene().provider.defines(namespace === undefined ? root : request)).toBe(defined);
  });

  test("a query that cannot be made is not found, and says why to the log", async () => {
    const answer = await scene().provider.read(requestFor({ ...pod, selector: "a>1" }), ignore);
    expect(answer).toMatchObject({ error: { kind: "ruleMetricNotFound", detail: /not supported by prometheus/u } });
  });

  test("tells of several samples for one object", async () => {
    const { provider, duplicates } = scene({ promResult: vector(["a", "1"], ["a", "2"]) });
    await provider.read(requestFor(pod), ignore);
    expect(duplicates).toEqual(["up"]);
  });

  test.for(["a", "*"])("tells of a resource that is not known, asked by %s", async (name) => {
    const { provider, unknownResources } = scene();
    await provider.read(requestFor({ ...pod, resource: "widgets", name }), ignore);
    expect(unknownResources()).toBe(1);
  });

  test("records the rule's series and query", async () => {
    const decisions: Decision[] = [];
    await scene().provider.read(requestFor(pod), (decision) => decisions.push(decision));
    expect(decisions).toEqual([
      { at: "objects", metric: "up", objects: 1, virtualMachines: 0 },
      { at: "rule", metric: "up", series: "up", query: 'sum(up{namespace="shop",pod="a"}) by (pod)' },
      { at: "answer", name: "a", value: 1.5, timestampMs: sceneTimeMs },
    ]);
  });

  test("asks nothing more for a request that nobody waits for", async () => {
    const { provider, queries } = scene({ objects: ["a"] });
    const answer = await provider.read(requestFor({ ...pod, name: "*" }), ignore, AbortSignal.abort());
    expect([answer, queries]).toEqual([{ ok: false, error: { kind: "timedOut" } }, []]);
  });
});

describe("readExternal()", () => {
  async function external(facts: Partial<SceneFacts>, metric = "queue") {
    const answer = await scene(facts).provider.readExternal({ metric, namespace: "shop", selector: [] }, ignore);
    return answer.ok ? answer.value.map(({ labels, value }) => [labels, value]) : answer.error.kind;
  }

  test.for([
    [
      "a vector",
      vector(["a", "1"], ["b", "2"]),
      [
        [{ pod: "a" }, 1],
        [{ pod: "b" }, 2],
      ],
    ],
    ["nothing", vector(), []],
    ["a scalar", { resultType: "scalar", result: [1_700_000_000, "3"] }, [[null, 3]]],
    ["values without a quantity", vector(["a", "NaN"], ["b", "+Inf"], ["c", "1"]), [[{ pod: "c" }, 1]]],
    ["a matrix", { resultType: "matrix", result: [] }, "ruleRange"],
    ["a string", { resultType: "string", result: [1, "x"] }, "ruleQueryFailed"],
  ] as const)("gives %s", async ([, promResult, expected]) => {
    expect(await external({ promResult })).toEqual(expected);
  });

  test.for([
    ["unknown", "ruleExternalMetricNotFound"],
    ["broken", "ruleQueryFailed"],
  ] as const)("of metric %s is %s", async ([metric, kind]) => {
    expect(await external({}, metric)).toBe(kind);
  });

  test("asks by label namespace where the rule does not say which", async () => {
    const { provider, queries } = scene();
    await provider.readExternal({ metric: "everywhere", namespace: "shop", selector: [] }, ignore);
    expect(queries).toEqual(['sum(everywhere{namespace="shop"})']);
  });
});

test("lists what there is", () => {
  const { provider } = scene();
  expect(provider.list().map(({ resource, metric }) => `${resource.resource}/${metric}`)).toEqual([
    "namespaces/up",
    "nodes/up",
    "pods/up",
    "storageclasses/up",
  ]);
  expect(provider.listExternal()).toEqual(["broken", "everywhere", "queue"]);
  expect([provider.definesExternal("queue"), provider.definesExternal("up")]).toEqual([true, false]);
});
