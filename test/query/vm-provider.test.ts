import { describe, expect, test } from "vitest";
import { parseGroupResource } from "../../src/naming/group-resource.ts";
import { parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import type { Decision } from "../../src/query/decision.ts";
import { createVmProvider } from "../../src/query/vm-provider.ts";
import { fail, ok } from "../../src/result.ts";
import { isRate } from "../../src/vm/catalogue/vm-metric.ts";
import type { Figure } from "../../src/vm/member.ts";
import type { ServedMetric } from "../../src/vm/served-catalogue.ts";
import type { Inventory, ObjectMeta, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { ignore } from "../support/ignore.ts";
import { served } from "../support/metrics.ts";
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
  readonly catalogue?: readonly ServedMetric[];
}

function setUp({ figures = steady, inventory: known = shop, catalogue = served }: World = {}) {
  const provider = createVmProvider({
    catalogue,
    inventory: known,
    minimumCoverage: 0.6,
    wallClock: () => 90_000,
    figures: ({ metric, devices }) =>
      Promise.resolve(
        ok({
          of: ({ name }) =>
            figures[[name, ...devices.map(({ op, value }) => op + value)].join("")] ?? { state: "unseen" },
          nowMs: 90_000,
          settlingMs: 60_000,
          scrapeIntervalMs: 15_000,
          ephemeral: metric.ephemeral === true,
          ...(isRate(metric) ? { windowMs: 60_000 } : {}),
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
  ] as const)("%s is %d, taken at %d [wire 6]", async ([path, value, timestampMs]) => {
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
  ] as const)("%s has no value: %j [wire 6] [wire 9]", async ([path, absence]) => {
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
    ["virtualmachineinstances.kubevirt.io/web-0/cpu-usageSumRatio", { kind: "misplacedName", reason: "ofSeveral" }],
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

  test("objects that are not known now are an error, not an absence [wire 9]", async () => {
    const unknown = inventory({ ...shop, virtualMachines: store(shop.virtualMachines.list("shop"), "no list yet") });
    const answer = await read("virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores", { inventory: unknown });
    expect(answer).toMatchObject({ ok: false, error: { kind: "objectsUnknown", detail: "no list yet" } });
  });
});

describe("by selector", () => {
  test("every object with a figure has one reading; of a VM's pods only the active one [wire 9]", async () => {
    const answer = await read("pods/*/cpu-usageCores");
    expect(answer.ok && answer.value.map(({ object, value }) => [object.name, value])).toEqual([
      ["virt-launcher-web-0-aaaaa", 0.5],
      ["virt-launcher-web-1-bbbbb", 0.25],
      ["virt-launcher-web-2-ddddd", 1],
    ]);
  });

  test("only objects that match count [wire 9]", async () => {
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

  test("has no value when too few members report, and says how many do [wire 9]", async () => {
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
    return setUp(world).readExternal({ metric, namespace: "shop", selector: parsed(selector) }, ignore);
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

  test("has no value of a code for one that is silent: a mean of codes says nothing", async () => {
    const answer = await readExternal("guest-stateCode", "", twoOfThree);
    expect(answer.ok && answer.value.map(({ labels }) => labels?.["vm"])).toEqual(["web-0", "web-1"]);
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

describe("a name that begins with a virtual machine", () => {
  const namespaced = inventory({ ...shop, namespaces: store([clusterScoped("shop"), clusterScoped("depot")]) });

  test.for<[string, object]>([
    ["namespaces/shop/web-0-cpu-usageCores", { ok: true, value: [{ object: { kind: "Namespace" }, value: 0.5 }] }],
    ["namespaces/shop/web-0-cpu-usageMillicores", { ok: true, value: [{ value: 500 }] }],
    ["namespaces/shop/web-0-cpu-usageRatio", { ok: true, value: [{ value: 0.5 }] }],
    ["namespaces/*/web-1-cpu-usageCores", { ok: true, value: [{ value: 0.25 }] }],
    ["namespaces/shop/off-cpu-usageCores", { error: { kind: "noValue", absence: { why: "notRunning" } } }],
    [
      "namespaces/shop/nobody-cpu-usageCores",
      { error: { kind: "unknownVirtualMachine", namespace: "shop", name: "nobody" } },
    ],
    ["namespaces/away/web-0-cpu-usageCores", { error: { kind: "objectNotFound", name: "away" } }],
    [
      "virtualmachinepools.pool.kubevirt.io/web/web-0-cpu-usageCores",
      { error: { kind: "misplacedName", instead: "cpu-usageCores" } },
    ],
    [
      "virtualmachines.kubevirt.io/web-0/web-0-cpu-usageCores",
      { error: { kind: "misplacedName", reason: "prefixed" } },
    ],
  ])("%s: %j", async ([path, expected]) => {
    const { namespace: _, ...rooted } = request(path);
    const asked = path.startsWith("namespaces/") ? rooted : request(path);
    expect(await setUp({ inventory: namespaced }).read(asked, ignore)).toMatchObject(expected);
  });

  test.for<[string, object]>([
    ["web-0-cpu-usageCores", { value: [{ labels: { vm: "web-0" }, value: 0.5 }] }],
    ["web-0-cpu-usagecores", { value: [{ labels: { vm: "web-0" }, value: 0.5 }] }],
    ["off-cpu-usageCores", { error: { kind: "noExternalValues", absence: { why: "notRunning" } } }],
    ["nobody-cpu-usageCores", { error: { kind: "unknownVirtualMachine", namespace: "shop", name: "nobody" } }],
  ])("external %s: %j", async ([metric, expected]) => {
    const answer = await setUp().readExternal({ metric, namespace: "shop", selector: [] }, ignore);
    expect(answer).toMatchObject(expected);
  });
});

describe("devices", () => {
  const figures = {
    "web-0": reporting(30),
    "web-0=default": reporting(10),
    "web-0=other": reporting(20),
    "web-0=~default|other": reporting(30),
    "web-0=default!=other": reporting(10),
  };
  const of0 = "virtualmachines.kubevirt.io/web-0";

  test.for<[string, string, object]>([
    [`${of0}/network-receiveBytesPerSecond`, "", { value: [{ value: 30 }] }],
    [`${of0}/network_default-receiveBytesPerSecond`, "", { value: [{ value: 10 }] }],
    [`${of0}/network-receiveBytesPerSecond`, "interface=default", { value: [{ value: 10 }] }],
    [`${of0}/network-receiveBytesPerSecond`, "interface in (default,other)", { value: [{ value: 30 }] }],
    [`${of0}/network_default-receiveBytesPerSecond`, "interface!=other", { value: [{ value: 10 }] }],
    [
      `${of0}/network-receiveBytesPerSecond`,
      "drive=root",
      { error: { kind: "noSeries", selector: "drive=root", label: "interface" } },
    ],
    [`${of0}/cpu-usageCores`, "interface=default", { error: { kind: "noSeries", selector: "interface=default" } }],
    [`${of0}/cpu_0-usageCores`, "", { error: { kind: "misplacedName", reason: "noDevices" } }],
  ])("%s selected by %j: %j", async ([path, selector, expected]) => {
    expect(await read(path, { figures }, { metricSelector: parsed(selector) })).toMatchObject(expected);
  });

  test("that a virtual machine does not have, or that do not report, are told apart from a metric that is not there", async () => {
    const notReported = { "web-0=default": { state: "notReported" } } as const;
    const answer = await read(`${of0}/network_default-receiveBytesPerSecond`, { figures: notReported });
    expect(answer).toMatchObject({ error: { kind: "noValue", absence: { why: "noDevice" } } });
  });

  test("of which a virtual machine reports others and not this one add nothing to a sum", async () => {
    const some = {
      "web-0=backup": reporting(8),
      "web-1=backup": { state: "notReported" },
      "web-1!=": reporting(1),
      "web-2=backup": reporting(8),
    } as const;
    const path = "virtualmachinepools.pool.kubevirt.io/web/network_backup-receiveBytesPerSecond";
    expect(await read(path, { figures: some })).toMatchObject({ ok: true, value: [{ value: 16 }] });
  });

  test("of which a virtual machine reports none at all count as missing", async () => {
    const some = {
      "web-0=backup": reporting(8),
      "web-1=backup": { state: "notReported" },
      "web-1!=": { state: "notReported" },
      "web-2=backup": reporting(8),
    } as const;
    const path = "virtualmachinepools.pool.kubevirt.io/web/network_backup-receiveBytesPerSecond";
    expect(await read(path, { figures: some })).toMatchObject({ ok: true, value: [{ value: 24 }] });
  });

  test.for<[string, string, object]>([
    ["network_second-receiveBytesPerSecond", "interface=default", { absence: { why: "noDevice" } }],
    ["network-receiveBytesPerSecond", "interface in (a,b),interface notin (a,b)", { absence: { why: "noDevice" } }],
    [
      "network-receiveBytesPerSecond",
      `interface in (${Array.from({ length: 33 }, (_, index) => `nic${index}`).join(",")})`,
      { kind: "tooManyDevices", asked: 33, limit: 32 },
    ],
  ])("of external %s selected by %j cannot be told", async ([metric, selector, error]) => {
    const answer = await setUp({ figures }).readExternal(
      { metric, namespace: "shop", selector: parsed(selector) },
      ignore,
    );
    expect(answer).toMatchObject({ ok: false, error });
  });

  test.for<[string, string, readonly object[]]>([
    ["network-receiveBytesPerSecond", "", [{ labels: { vm: "web-0" }, value: 30 }]],
    ["network_default-receivebytespersecond", "", [{ labels: { vm: "web-0", interface: "default" }, value: 10 }]],
    [
      "network-receiveBytesPerSecond",
      "interface in (default,other),vm=web-0",
      [
        { labels: { vm: "web-0", interface: "default" }, value: 10 },
        { labels: { vm: "web-0", interface: "other" }, value: 20 },
      ],
    ],
    [
      "network-receiveBytesPerSecond",
      "interface=default,interface!=other",
      [{ labels: { vm: "web-0", interface: "default" }, value: 10 }],
    ],
  ])("of external %s selected by %j", async ([metric, selector, items]) => {
    const one = inventory({ virtualMachineInstances: store([vmi("web-0")]) });
    const provider = setUp({ figures, inventory: one });
    const answer = await provider.readExternal({ metric, namespace: "shop", selector: parsed(selector) }, ignore);
    expect(answer).toMatchObject({ ok: true, value: items });
    expect(answer.ok && answer.value.length).toBe(items.length);
  });
});

describe("a metric that needs something special to be fed", () => {
  const of0 = "virtualmachines.kubevirt.io/web-0";

  test("has its figure when it is", async () => {
    expect(await read(`${of0}/migration-downtimeSeconds`)).toMatchObject({ ok: true, value: [{ value: 0.5 }] });
  });

  test.for<[string, Figure, object]>([
    ["storage-deviceThresholdBytes", { state: "unseen" }, { reason: "no known exporter provides it" }],
    ["migration-downtimeSeconds", { state: "notReported" }, { reason: "it needs a special exporter" }],
  ])("%s says what that is when it has none: %j", async ([metric, figure, reason]) => {
    const answer = await read(`${of0}/${metric}`, { figures: { "web-0": figure } });
    expect(answer).toMatchObject({ error: { kind: "unfedMetric", metric, ...reason } });
  });

  test("says so of pools and in external metrics, too", async () => {
    const figures = {};
    const pool = await read("virtualmachinepools.pool.kubevirt.io/web/migration-downtimeSeconds", { figures });
    expect(pool).toMatchObject({ error: { kind: "unfedMetric" } });
    const metric = "migration-downtimeSeconds";
    const external = await setUp({ figures }).readExternal({ metric, namespace: "shop", selector: [] }, ignore);
    expect(external).toMatchObject({ error: { kind: "unfedMetric" } });
  });

  test("says so of a machine that does not migrate, unless somebody has opted in", async () => {
    const idle = { figures: { "web-0": { state: "idle" } } } as const;
    expect(await read(`${of0}/migration-downtimeSeconds`, idle)).toMatchObject({ error: { kind: "unfedMetric" } });
    const catalogue = served.map((each) => ({ ...each, listed: true }));
    const answer = await read(`${of0}/migration-downtimeSeconds`, { ...idle, catalogue });
    expect(answer).toMatchObject({ error: { kind: "noValue", absence: { why: "noMigration" } } });
  });
});

test("a hidden metric says what to use instead", async () => {
  const hidden = { kind: "hiddenMetric", since: "0.3", replacedBy: "memory-residentBytes" };
  expect(await read("virtualmachines.kubevirt.io/web-0/memory-olderBytes")).toMatchObject({ error: hidden });
  const external = { metric: "memory-olderbytes", namespace: "shop", selector: [] };
  expect(await setUp().readExternal(external, ignore)).toMatchObject({ error: hidden });
});

test("list() has each pair of object and metric once, in a fixed order, and tells the same of a resource each time", () => {
  const listed = setUp().list();
  const pairs = listed.map(({ resource, metric }) => `${resource.resource}.${resource.group}/${metric}`);
  expect(new Set(pairs).size).toBe(pairs.length);
  expect(setUp().list()).toEqual(listed);
  const scopes = Map.groupBy(listed, ({ resource }) => resource.resource);
  const namespaced = [...scopes].map(([name, each]) => [name, new Set(each.map((info) => info.namespaced))] as const);
  expect(Object.fromEntries(namespaced.map(([name, values]) => [name, [...values]]))).toEqual({
    namespaces: [false],
    nodes: [false],
    pods: [true],
    virtualmachines: [true],
    virtualmachineinstances: [true],
    virtualmachineinstancereplicasets: [true],
    virtualmachinepools: [true],
  });
});

test("listExternal() has the names of metrics of one virtual machine", () => {
  const single = setUp()
    .list()
    .filter(({ resource }) => resource.resource === "pods");
  expect(setUp().listExternal()).toEqual(single.map(({ metric }) => metric));
});

function parsed(text: string) {
  const selector = parseLabelSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return selector.value;
}

function clusterScoped(name: string): ObjectMeta {
  return { ...meta(name, `uid-${name}`), namespace: "" };
}
