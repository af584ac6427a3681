import { describe, expect, test } from "vitest";
import { aggregationsOf } from "../../src/naming/aggregation.ts";
import { parseGroupResource } from "../../src/naming/group-resource.ts";
import { parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import { isAdditive } from "../../src/naming/unit.ts";
import type { Decision } from "../../src/query/decision.ts";
import { createVmProvider } from "../../src/query/vm-provider.ts";
import { fail, ok } from "../../src/result.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import type { Figure } from "../../src/vm/member.ts";
import type { Inventory, ObjectMeta, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { ignore } from "../support/ignore.ts";
import { inventory, launcherPod, lookup, meta, store, vm, vmi } from "../support/inventory.ts";

function reporting(value: number, timestampMs = 5_000): Figure {
  return { state: "reporting", value, timestampMs, ageMs: 0, windowMs: 60_000 };
}

const silent: Figure = { state: "stale", timestampMs: 5_000, ageMs: 200_000, maxAgeMs: 120_000 };

/** Pool `web` of three virtual machines on node01; web-1 is migrating to node02. */
const shop: Inventory = inventory({
  virtualMachinePools: store([meta("web", "pool-web"), meta("empty", "pool-empty")]),
  virtualMachines: store([vm("web-0", "pool-web"), vm("web-1", "pool-web"), vm("web-2", "pool-web"), vm("off", "x")]),
  virtualMachineInstances: store([vmi("web-0"), vmi("web-1"), vmi("web-2")]),
  launcherPods: store([
    launcherPod("virt-launcher-web-0-aaaaa", "web-0"),
    launcherPod("virt-launcher-web-1-bbbbb", "web-1"),
    launcherPod("virt-launcher-web-1-ccccc", "web-1", { nodeName: "node02" }),
    launcherPod("virt-launcher-web-2-ddddd", "web-2"),
    launcherPod("virt-launcher-web-2-eeeee", "web-2", { phase: "Succeeded" }),
  ]),
});

const steady: Record<string, Figure> = {
  "web-0": reporting(0.5),
  "web-1": reporting(0.25, 4_000),
  "web-2": reporting(1),
};

interface World {
  readonly figures?: Readonly<Record<string, Figure>>;
  readonly inventory?: Inventory;
}

function setUp({ figures = steady, inventory: known = shop }: World = {}) {
  const provider = createVmProvider({
    catalogue,
    inventory: known,
    minimumCoverage: 0.6,
    wallClock: () => 90_000,
    figures: (metric) =>
      Promise.resolve(
        ok({
          of: ({ name }) => figures[name] ?? { state: "unseen" },
          nowMs: 90_000,
          settlingMs: 60_000,
          scrapeIntervalMs: 15_000,
          ...(metric.kind === "rate" ? { windowMs: 60_000 } : {}),
        }),
      ),
  });
  return provider;
}

function request(path: string, facts: Partial<MetricRequest> = {}): MetricRequest {
  const [resource = "", name = "", metric = ""] = path.split("/");
  return {
    metric,
    resource: parseGroupResource(resource),
    namespace: "shop",
    target: name === "*" ? { by: "selector", selector: [] } : { by: "name", name },
    metricSelector: [],
    ...facts,
  };
}

function read(path: string, world?: World, facts?: Partial<MetricRequest>) {
  return setUp(world).read(request(path, facts), ignore);
}

describe("by name", () => {
  test.for([
    ["virtualmachineinstances.kubevirt.io/web-0/cpu-usageCores", 0.5, 5_000],
    ["virtualmachines.kubevirt.io/web-0/cpu-usageCores", 0.5, 5_000],
    ["pods/virt-launcher-web-0-aaaaa/cpu-usageCores", 0.5, 5_000],
    ["pods/virt-launcher-web-1-bbbbb/cpu-usageCores", 0.25, 4_000],
    ["virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores", 1.75, 4_000],
    ["virtualmachinepools.pool.kubevirt.io/web/cpu-usageSumRatio", 1.75, 4_000],
    ["virtualmachinepools.pool.kubevirt.io/web/cpu-usageMaximumRatio", 1, 4_000],
  ] as const)("%s is %d, taken at %d", async ([path, value, timestampMs]) => {
    const answer = await read(path);
    expect(answer).toMatchObject({ ok: true, value: [{ value, timestampMs, windowSeconds: 60 }] });
  });

  test("a gauge has no window", async () => {
    const figures = { "web-0": { state: "reporting", value: 1, timestampMs: 5_000, ageMs: 0 } as const };
    const answer = await read("virtualmachineinstances.kubevirt.io/web-0/guest-memoryUsedBytes", { figures });
    expect(answer.ok && answer.value[0]).not.toHaveProperty("windowSeconds");
  });

  test("a reading names its object", async () => {
    const answer = await read("virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores");
    const object = {
      apiVersion: "pool.kubevirt.io/v1beta1",
      kind: "VirtualMachinePool",
      namespace: "shop",
      name: "web",
    };
    expect(answer).toMatchObject({ value: [{ object }] });
  });

  test.for([
    ["pods/virt-launcher-web-1-ccccc/cpu-usageCores", { why: "notActivePod", vmi: "web-1" }],
    ["pods/virt-launcher-web-2-eeeee/cpu-usageCores", { why: "notActivePod", vmi: "web-2" }],
    ["virtualmachines.kubevirt.io/off/cpu-usageCores", { why: "notRunning" }],
  ] as const)("%s has no value: %j", async ([path, absence]) => {
    expect(await read(path)).toMatchObject({ ok: false, error: { kind: "noValue", absence } });
  });

  test.for<[string, Figure, object]>([
    ["cpu-usageCores", { state: "unseen" }, { why: "neverReported" }],
    ["cpu-usageCores", { state: "notReported" }, { why: "notReported" }],
    ["cpu-usageRatio", { state: "undefined" }, { why: "undefined" }],
    [
      "cpu-usageCores",
      { state: "stale", timestampMs: 5_000, ageMs: 200_000, maxAgeMs: 120_000 },
      { why: "stale", ageSeconds: 200, maxAgeSeconds: 120 },
    ],
  ])("%s with figure %j: %j", async ([metric, figure, absence]) => {
    const path = `virtualmachineinstances.kubevirt.io/web-0/${metric}`;
    const answer = await read(path, { figures: { "web-0": figure } });
    expect(answer).toMatchObject({ ok: false, error: { kind: "noValue", name: "web-0", absence } });
  });

  test.for([
    ["virtualmachineinstances.kubevirt.io/nobody/cpu-usageCores", { kind: "objectNotFound", name: "nobody" }],
    ["virtualmachineinstances.kubevirt.io/web-0/cpu-usage", { kind: "unknownMetric", metric: "cpu-usage" }],
    ["virtualmachineinstances.kubevirt.io/web-0/cpu-usageSumRatio", { kind: "unknownMetric" }],
    ["virtualmachinepools.pool.kubevirt.io/web/cpu-usageRatio", { kind: "ambiguousAggregate" }],
    ["deployments.apps/web/cpu-usageCores", { kind: "unknownResource" }],
  ] as const)("%s: %j", async ([path, error]) => {
    expect(await read(path)).toMatchObject({ ok: false, error });
  });

  test("a metric selector matches nothing, because the metric has no labels to select by", async () => {
    const metricSelector = [{ key: "interface", operator: "=", values: ["default"] } as const];
    const answer = await read("virtualmachineinstances.kubevirt.io/web-0/cpu-usageCores", {}, { metricSelector });
    expect(answer).toMatchObject({ ok: false, error: { kind: "noSeries", selector: "interface=default" } });
  });

  test("objects that are not known now are an error, not an absence", async () => {
    const unknown = inventory({ ...shop, virtualMachines: store(shop.virtualMachines.list("shop"), "no list yet") });
    const answer = await read("virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores", { inventory: unknown });
    expect(answer).toMatchObject({ ok: false, error: { kind: "objectsUnknown", detail: "no list yet" } });
  });
});

describe("by selector", () => {
  test("every object with a figure has one reading; of a VM's pods only the active one", async () => {
    const answer = await read("pods/*/cpu-usageCores");
    expect(answer.ok && answer.value.map(({ object, value }) => [object.name, value])).toEqual([
      ["virt-launcher-web-0-aaaaa", 0.5],
      ["virt-launcher-web-1-bbbbb", 0.25],
      ["virt-launcher-web-2-ddddd", 1],
    ]);
  });

  test("only objects that match count", async () => {
    const selector = [{ key: "app", operator: "!=", values: ["web"] } as const];
    const answer = await read("pods/*/cpu-usageCores", {}, { target: { by: "selector", selector } });
    expect(answer).toEqual(ok([]));
  });

  test("objects without any figure are an error that shows one of them", async () => {
    const answer = await read("virtualmachineinstances.kubevirt.io/*/cpu-usageCores", { figures: {} });
    const example = { name: "web-0", absence: { why: "neverReported" } };
    expect(answer).toMatchObject({ ok: false, error: { kind: "noValues", objects: 3, example } });
  });
});

describe("an aggregate", () => {
  const pool = "virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores";

  test("counts a silent member as the mean of the others", async () => {
    const figures = { ...steady, "web-2": silent };
    expect(await read(pool, { figures })).toMatchObject({ ok: true, value: [{ value: 1.125 }] });
  });

  test("of no members is a sum of 0, now, and nothing is asked of Prometheus", async () => {
    const answer = await read("virtualmachinepools.pool.kubevirt.io/empty/cpu-usageCores", { figures: {} });
    expect(answer).toMatchObject({ ok: true, value: [{ value: 0, timestampMs: 90_000 }] });
  });

  test("has no value while none of its virtual machines has an instance: they may be stopped, or about to start", async () => {
    const noInstances = inventory({ ...shop, virtualMachineInstances: store<VirtualMachineInstance>([]) });
    const answer = await read(pool, { inventory: noInstances });
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: "noValue", absence: { why: "allStarting", starting: 3 } },
    });
  });

  test("has no value when its virtual machines have failed, maybe under their load", async () => {
    const failed = ["web-0", "web-1", "web-2"].map((name) => vmi(name, { phase: "Failed" }));
    const crashed = inventory({ ...shop, virtualMachineInstances: store(failed) });
    expect(await read(pool, { inventory: crashed })).toMatchObject({
      error: { kind: "noValue", absence: { why: "allStarting", starting: 3 } },
    });
  });

  test("has no value when too few members report, and says how many do", async () => {
    const answer = await read(pool, { figures: { ...steady, "web-1": silent, "web-2": silent } });
    const absence = { why: "coverage", reporting: 1, silent: 2, starting: 0, minimumCoverage: 0.6 };
    expect(answer).toMatchObject({ ok: false, error: { kind: "noValue", absence } });
  });
});

describe("an object of several virtual machines", () => {
  /** Two namespaces and two nodes; a replica set that has one of the instances. */
  const cluster = inventory({
    ...shop,
    namespaces: store([clusterScoped("shop"), clusterScoped("depot"), clusterScoped("idle")]),
    nodes: store([clusterScoped("node01"), clusterScoped("node02")]),
    virtualMachineInstances: store([
      vmi("web-0"),
      vmi("web-1", { nodeName: "node02" }),
      vmi("set-a", { ownerUid: "set" }),
      vmi("db", { namespace: "depot" }),
    ]),
    virtualMachineInstanceReplicaSets: store([meta("set", "set")]),
  });
  const figures = {
    "web-0": reporting(1),
    "web-1": reporting(2),
    "set-a": reporting(4),
    db: reporting(8),
  };

  test.for<[string, string | undefined, number, object]>([
    [
      "virtualmachineinstancereplicasets.kubevirt.io/set",
      "shop",
      4,
      { kind: "VirtualMachineInstanceReplicaSet", namespace: "shop" },
    ],
    ["namespaces/shop", undefined, 7, { kind: "Namespace", name: "shop" }],
    ["namespaces/depot", undefined, 8, { kind: "Namespace" }],
    ["namespaces/idle", undefined, 0, { kind: "Namespace" }],
    ["nodes/node01", undefined, 13, { kind: "Node", name: "node01" }],
    ["nodes/node02", undefined, 2, { kind: "Node" }],
    // The HorizontalPodAutoscaler asks for cluster-scoped objects by the path of its own namespace, and gets what is in it.
    ["nodes/node01", "shop", 5, { kind: "Node", name: "node01" }],
  ])("%s in %s: %d", async ([path, namespace, value, object]) => {
    const { namespace: _, ...rooted } = request(`${path}/cpu-usageCores`);
    const asked = namespace === undefined ? rooted : { ...rooted, namespace };
    const answer = await setUp({ inventory: cluster, figures }).read(asked, ignore);
    expect(answer).toMatchObject({ ok: true, value: [{ value, object }] });
    expect(answer.ok && "namespace" in (answer.value[0]?.object ?? {})).toBe("namespace" in object);
  });

  test("can be asked for by a selector, each with its own figure", async () => {
    const answer = await setUp({ inventory: cluster, figures }).read(request("nodes/*/cpu-usageCores"), ignore);
    expect(answer.ok && answer.value.map(({ object, value }) => [object.name, value])).toEqual([
      ["node01", 5],
      ["node02", 2],
    ]);
  });

  test.for<[string, string, object]>([
    ["namespaces/shop", "shop", { ok: true, value: [{ value: 7 }] }],
    ["namespaces/depot", "shop", { error: { kind: "objectNotFound", name: "depot" } }],
    ["namespaces/*", "shop", { ok: true, value: [{ value: 7 }] }],
  ])("of namespaces, a path within one reaches only that one: %s in %s", async ([path, namespace, expected]) => {
    const asked = { ...request(`${path}/cpu-usageCores`), namespace };
    const answer = await setUp({ inventory: cluster, figures }).read(asked, ignore);
    expect(answer).toMatchObject(expected);
    expect(answer.ok ? answer.value.length : 1).toBe(1);
  });

  test("that is not there is an error that names no namespace where it has none", async () => {
    const answer = await setUp({ inventory: cluster }).read(request("nodes/node09/cpu-usageCores"), ignore);
    expect(answer).toEqual(
      fail({ kind: "objectNotFound", resource: { group: "", resource: "nodes" }, name: "node09" }),
    );
  });
});

describe("a pod", () => {
  test("that is no virt-launcher is there, and has no figure", async () => {
    const otherPods = lookup([meta("cart-0", "pod")]);
    const answer = await read("pods/cart-0/cpu-usageCores", { inventory: inventory({ ...shop, otherPods }) });
    expect(answer).toMatchObject({ error: { kind: "noValue", name: "cart-0", absence: { why: "noVirtualMachine" } } });
  });

  test("that cannot be looked up is unknown", async () => {
    const otherPods = { find: () => Promise.resolve(fail({ detail: "no answer" })) };
    const answer = await read("pods/cart-0/cpu-usageCores", { inventory: inventory({ ...shop, otherPods }) });
    expect(answer).toMatchObject({ error: { kind: "objectsUnknown", detail: "no answer" } });
  });
});

describe("an external metric", () => {
  function readExternal(metric: string, selector: string, world?: World) {
    const parsed = parseLabelSelector(selector);
    if (!parsed.ok) throw new Error(parsed.error);
    return setUp(world).readExternal({ metric, namespace: "shop", selector: parsed.value }, ignore);
  }
  function item(name: string, value: number, timestampMs = 5_000) {
    return { labels: { vm: name }, value, timestampMs, windowSeconds: 60 };
  }

  test.for<[string, object[]]>([
    ["", [item("web-0", 0.5), item("web-1", 0.25, 4_000), item("web-2", 1)]],
    ["vm=web-1", [item("web-1", 0.25, 4_000)]],
    ["vm!=web-1,vm notin (web-2)", [item("web-0", 0.5)]],
    ["estimated=true", []],
  ])("selected by %j has a value for each virtual machine that matches", async ([selector, items]) => {
    expect(await readExternal("cpu-usageCores", selector)).toEqual(ok(items));
  });

  test.for([["vm=nobody"], ["interface=default"]] as const)(
    "selected by %s is an error, because nobody matches",
    async ([selector]) => {
      expect(await readExternal("cpu-usageCores", selector)).toMatchObject({
        error: { kind: "noExternalValues", absence: { why: "noMatch" } },
      });
    },
  );

  test("of virtual machines that have ended is an error", async () => {
    const ended = inventory({ virtualMachineInstances: store([vmi("web-0", { phase: "Succeeded" })]) });
    expect(await readExternal("cpu-usageCores", "vm=web-0", { inventory: ended })).toMatchObject({
      error: { kind: "noExternalValues", absence: { why: "noMembers" } },
    });
  });

  const twoOfThree = { figures: { ...steady, "web-2": silent } };
  const estimated = { ...item("web-2", 0.375, 4_000), labels: { vm: "web-2", estimated: "true" } };

  test.for<[string, object[]]>([
    ["", [item("web-0", 0.5), item("web-1", 0.25, 4_000), estimated]],
    ["estimated=true", [estimated]],
    ["!estimated", [item("web-0", 0.5), item("web-1", 0.25, 4_000)]],
  ])("has the mean of the others for one that is silent, and says so: %j", async ([selector, items]) => {
    expect(await readExternal("cpu-usageCores", selector, twoOfThree)).toEqual(ok(items));
  });

  test("has no values when too few virtual machines report, and says how many do", async () => {
    const figures = { ...steady, "web-1": silent, "web-2": silent };
    const absence = { why: "coverage", reporting: 1, silent: 2, starting: 0, minimumCoverage: 0.6 };
    expect(await readExternal("cpu-usageCores", "", { figures })).toEqual(
      fail({ kind: "noExternalValues", metric: "cpu-usageCores", namespace: "shop", absence }),
    );
  });

  test("that nobody knows is an error that says which are known", async () => {
    expect(await readExternal("cpu-usage", "")).toMatchObject({
      error: { kind: "unknownExternalMetric", metric: "cpu-usage", known: setUp().listExternal() },
    });
  });

  test("is not answered while the virtual machines are not known", async () => {
    const unknown = inventory({ virtualMachineInstances: store<VirtualMachineInstance>([], "no list yet") });
    expect(await readExternal("cpu-usageCores", "", { inventory: unknown })).toMatchObject({
      error: { kind: "objectsUnknown", detail: "no list yet" },
    });
  });
});

test("what was decided is told: which objects, what each virtual machine is to them, and what came of it", async () => {
  const told: Decision[] = [];
  const figures = { ...steady, "web-2": silent };
  const asked = request("virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores");
  await setUp({ figures }).read(asked, (decision) => told.push(decision));
  const absence = { why: "stale", ageSeconds: 200, maxAgeSeconds: 120 };
  expect(told).toEqual([
    { at: "objects", metric: "cpu-usageCores", objects: 1, virtualMachines: 3 },
    { at: "member", namespace: "shop", name: "web-0", is: "reporting" },
    { at: "member", namespace: "shop", name: "web-1", is: "reporting" },
    { at: "member", namespace: "shop", name: "web-2", is: "silent", absence },
    { at: "answer", name: "web", value: 1.125, timestampMs: 4_000, windowSeconds: 60 },
  ]);
});

test("list() names every metric of every kind of object, without a backend", () => {
  const listed = setUp().list();
  const single = catalogue.length;
  const additive = catalogue.filter(({ unit }) => isAdditive(unit)).length;
  const several = additive + catalogue.flatMap(({ unit }) => (isAdditive(unit) ? [] : aggregationsOf(unit))).length;
  const expected = {
    namespaces: several,
    nodes: several,
    pods: single,
    virtualmachines: single,
    virtualmachineinstances: single,
    virtualmachineinstancereplicasets: several,
    virtualmachinepools: several,
  };
  const counts = Object.groupBy(listed, ({ resource }) => resource.resource);
  expect(Object.fromEntries(Object.entries(counts).map(([name, each]) => [name, each?.length]))).toEqual(expected);
  const clusterWide = listed.filter(({ namespaced }) => !namespaced).map(({ resource }) => resource.resource);
  expect(new Set(clusterWide)).toEqual(new Set(["namespaces", "nodes"]));
});

test("listExternal() names every metric of one virtual machine", () => {
  expect(setUp().listExternal()).toEqual(catalogue.map(({ name }) => name).toSorted());
});

function clusterScoped(name: string): ObjectMeta {
  return { ...meta(name, `uid-${name}`), namespace: "" };
}
