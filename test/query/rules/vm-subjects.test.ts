import { describe, expect, test } from "vitest";
import type { ApiResourceGroup } from "../../../src/naming/rules/rest-mapper.ts";
import type { MetricInfo } from "../../../src/query/provider.ts";
import { withVmSubjects } from "../../../src/query/rules/vm-subjects.ts";
import type { Inventory, VirtualMachineInstance } from "../../../src/vm/objects.ts";
import { ignore } from "../../support/ignore.ts";
import { inventory, launcherPod, meta, store, vm, vmi } from "../../support/inventory.ts";
import { type AskedMetric, requestFor, ruleScene, sceneTimeMs } from "../../support/rule-scene.ts";

const mapper: readonly ApiResourceGroup[] = [
  {
    group: "",
    version: "v1",
    resources: [
      { name: "pods", singular: "pod", kind: "Pod", namespaced: true },
      { name: "namespaces", singular: "namespace", kind: "Namespace", namespaced: false },
    ],
  },
];

const config = `
rules:
- seriesQuery: rps
  resources: {template: "<<.Resource>>"}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
  vms: true
- seriesQuery: plain
  resources: {template: "<<.Resource>>"}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;
const labels = { namespace: "shop", pod: "p" };
const seriesSet = { rps: [{ __name__: "rps", ...labels }], plain: [{ __name__: "plain", ...labels }] };

const hour = 3_600_000;
const running = { runningSinceMs: sceneTimeMs - hour };

/** A pool of three virtual machines, each in a pod of its own that is named after it. */
function world(facts: Partial<VirtualMachineInstance> = {}): Partial<Inventory> {
  const names = ["a", "b", "c"];
  return {
    virtualMachinePools: store([meta("pool", "pool-1")]),
    virtualMachines: store(names.map((name) => vm(name, "pool-1"))),
    virtualMachineInstances: store(names.map((name) => vmi(name, { ...running, ...(name === "c" ? facts : {}) }))),
    launcherPods: store(names.map((name) => launcherPod(`pod-${name}`, name))),
  };
}

function scene(values: Readonly<Record<string, string>>, objects = world()) {
  const result = Object.entries(values).map(([pod, value]) => ({ metric: { pod }, value: [1_700_000_000, value] }));
  const rules = ruleScene({ config, mapper, seriesSet, promResult: { resultType: "vector", result } });
  const provider = withVmSubjects(rules.provider, {
    ...rules.asking,
    inventory: inventory(objects),
    minimumCoverage: 0.6,
  });
  return { provider, queries: rules.queries };
}

const pool: AskedMetric = {
  resource: "virtualmachinepools.pool.kubevirt.io",
  namespace: "shop",
  name: "pool",
  metric: "rps",
};
const one: AskedMetric = { ...pool, resource: "virtualmachineinstances.kubevirt.io", name: "a" };

async function read({ provider }: ReturnType<typeof scene>, asked: AskedMetric) {
  const answer = await provider.read(requestFor(asked), ignore);
  return answer.ok ? answer.value.map(({ object, value }) => [object.name, value]) : answer.error;
}

describe("withVmSubjects()", () => {
  test("asks for the pod that runs a virtual machine", async () => {
    const asking = scene({ "pod-a": "2" });
    expect(await read(asking, one)).toEqual([["a", 2]]);
    expect(asking.queries).toEqual(['sum(rps{namespace="shop",pod="pod-a"}) by (pod)']);
  });

  test("asks for the pod that a live migration has moved it into", async () => {
    const moved = {
      ...world(),
      virtualMachineInstances: store([vmi("a", { ...running, nodeName: "node02" })]),
      launcherPods: store([launcherPod("pod-a", "a"), launcherPod("pod-a2", "a", { nodeName: "node02" })]),
    };
    const asking = scene({ "pod-a": "9", "pod-a2": "2" }, moved);
    expect(await read(asking, one)).toEqual([["a", 2]]);
    expect(asking.queries).toEqual(['sum(rps{namespace="shop",pod="pod-a2"}) by (pod)']);
  });

  test.for([
    ["virtualmachines.kubevirt.io", "a", [["a", 1]]],
    [
      "virtualmachineinstances.kubevirt.io",
      "*",
      [
        ["a", 1],
        ["b", 2],
        ["c", 4],
      ],
    ],
    ["virtualmachinepools.pool.kubevirt.io", "pool", [["pool", 7]]],
    ["virtualmachinepools.pool.kubevirt.io", "*", [["pool", 7]]],
  ] as const)("answers for %s %s", async ([resource, name, expected]) => {
    const asking = scene({ "pod-a": "1", "pod-b": "2", "pod-c": "4" });
    expect(await read(asking, { ...pool, resource, name })).toEqual(expected);
    expect(asking.queries).toHaveLength(1);
  });

  test("a silent virtual machine counts as the mean of the others", async () => {
    expect(await read(scene({ "pod-a": "1", "pod-b": "2" }), pool)).toEqual([["pool", 4.5]]);
  });

  test("a virtual machine that has just started adds nothing", async () => {
    const asking = scene({ "pod-a": "1", "pod-b": "2" }, world({ runningSinceMs: sceneTimeMs - 60_000 }));
    expect(await read(asking, pool)).toEqual([["pool", 3]]);
  });

  test("too few that report are an error", async () => {
    const absence = { why: "coverage", reporting: 1, silent: 2, minimumCoverage: 0.6 };
    expect(await read(scene({ "pod-a": "1" }), pool)).toMatchObject({ kind: "noValue", absence });
  });

  test("a virtual machine without a figure is an error, never 0", async () => {
    expect(await read(scene({}), one)).toMatchObject({ kind: "noValue", name: "a" });
  });

  test("a pool without virtual machines is 0, and nobody is asked", async () => {
    const asking = scene({}, { virtualMachinePools: store([meta("pool", "pool-1")]) });
    expect(await read(asking, pool)).toEqual([["pool", 0]]);
    expect(asking.queries).toEqual([]);
  });

  test("unknown pods are an error", async () => {
    const asking = scene({ "pod-a": "1" }, { ...world(), launcherPods: store([], "the first list has not come yet") });
    expect(await read(asking, one)).toMatchObject({ kind: "objectsUnknown" });
  });

  test("leaves everything else to the rules", async () => {
    const { provider } = scene({ p: "1" });
    expect(provider.defines(requestFor({ ...pool, metric: "plain" }))).toBe(false);
    expect(await provider.read(requestFor({ ...pool, resource: "pods", name: "p" }), ignore)).toMatchObject({
      value: [{ object: { kind: "Pod" } }],
    });
  });

  test("lists the metric with each kind of object", () => {
    function text({ resource, metric }: MetricInfo): string {
      return `${resource.resource}/${metric}`;
    }
    expect(scene({}).provider.list().map(text)).toEqual([
      "namespaces/plain",
      "namespaces/rps",
      "pods/plain",
      "pods/rps",
      "virtualmachineinstancereplicasets/rps",
      "virtualmachineinstances/rps",
      "virtualmachinepools/rps",
      "virtualmachines/rps",
    ]);
  });
});
