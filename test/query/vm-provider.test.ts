import { describe, expect, test } from "vitest";
import { parseGroupResource } from "../../src/naming/group-resource.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import { createVmProvider } from "../../src/query/vm-provider.ts";
import { ok } from "../../src/result.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import type { Figure } from "../../src/vm/member.ts";
import type { Inventory, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { inventory, launcherPod, meta, store, vm, vmi } from "../support/inventory.ts";

function reporting(value: number, timestampMs = 5_000): Figure {
  return { state: "reporting", value, timestampMs, ageMs: 0 };
}

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
  readonly lastSeen?: Readonly<Record<string, number>>;
  readonly inventory?: Inventory;
}

function setUp({ figures = steady, lastSeen = {}, inventory: known = shop }: World = {}) {
  const askedPast: (readonly string[])[] = [];
  const provider = createVmProvider({
    catalogue,
    inventory: known,
    minimumCoverage: 0.6,
    wallClock: () => 90_000,
    figures: (metric) =>
      Promise.resolve(
        ok({
          of: ({ name }) => figures[name] ?? { state: "unseen" },
          maxAgeMs: 120_000,
          settlingMs: 60_000,
          scrapeIntervalMs: 15_000,
          ...(metric.kind === "rate" ? { windowMs: 60_000 } : {}),
          lastSeen: (names) => {
            askedPast.push(names);
            return Promise.resolve(ok(new Map(Object.entries(lastSeen))));
          },
        }),
      ),
  });
  return { provider, askedPast };
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
  return setUp(world).provider.read(request(path, facts));
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
    ["virtualmachinepools.pool.kubevirt.io/empty/cpu-usageCores", 0, 90_000],
  ] as const)("%s is %d, taken at %d", async ([path, value, timestampMs]) => {
    const answer = await read(path);
    expect(answer).toMatchObject({ ok: true, value: [{ value, timestampMs, windowSeconds: 60 }] });
  });

  test("a gauge has no window", async () => {
    const answer = await read("virtualmachineinstances.kubevirt.io/web-0/guest-memoryUsedBytes");
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

  test.for<[string, Figure, Record<string, number>, object]>([
    ["cpu-usageCores", { state: "unseen" }, {}, { why: "neverReported" }],
    ["cpu-usageCores", { state: "unseen" }, { "web-0": 5_000 }, { why: "silent" }],
    ["cpu-usageCores", { state: "notReported" }, {}, { why: "notReported" }],
    ["cpu-usageRatio", { state: "undefined" }, {}, { why: "undefined" }],
    [
      "cpu-usageCores",
      { state: "stale", timestampMs: 5_000, ageMs: 200_000 },
      {},
      { why: "stale", ageSeconds: 200, maxAgeSeconds: 120 },
    ],
  ])("%s with figure %j, last seen %j: %j", async ([metric, figure, lastSeen, absence]) => {
    const answer = await read(`virtualmachineinstances.kubevirt.io/web-0/${metric}`, {
      figures: { "web-0": figure },
      lastSeen,
    });
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

  test("asks the past about the missing members only, and counts a silent one as the mean of the others", async () => {
    const figures = { "web-0": reporting(0.5), "web-1": reporting(1) };
    const { provider, askedPast } = setUp({ figures, lastSeen: { "web-2": 5_000 } });
    expect(await provider.read(request(pool))).toMatchObject({ ok: true, value: [{ value: 2.25 }] });
    expect(askedPast).toEqual([["web-2"]]);
  });

  test("has no value while none of its virtual machines has an instance: they may be stopped, or about to start", async () => {
    const noInstances = inventory({ ...shop, virtualMachineInstances: store<VirtualMachineInstance>([]) });
    const answer = await read(pool, { inventory: noInstances });
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: "noValue", absence: { why: "allStarting", starting: 3 } },
    });
  });

  test("has no value when too few members report, and says how many do", async () => {
    const answer = await read(pool, {
      figures: { "web-0": reporting(0.5) },
      lastSeen: { "web-1": 5_000, "web-2": 5_000 },
    });
    const absence = { why: "coverage", reporting: 1, silent: 2, starting: 0, minimumCoverage: 0.6 };
    expect(answer).toMatchObject({ ok: false, error: { kind: "noValue", absence } });
  });
});

test("list() names every metric of every kind of object, without a backend", () => {
  const listed = setUp().provider.list();
  function count(name: string): number {
    return listed.filter(({ resource }) => resource.resource === name).length;
  }
  const kinds = ["pods", "virtualmachines", "virtualmachineinstances", "virtualmachinepools"];
  expect(kinds.map(count)).toEqual([4, 4, 4, 7]);
});
