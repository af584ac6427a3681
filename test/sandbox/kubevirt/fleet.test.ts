import { describe, expect, test } from "vitest";
import { activeLauncher } from "../../../sandbox/kubevirt/instance.ts";
import { nodeOf, statusOf } from "../../../sandbox/kubevirt/machine.ts";
import { fleetAt, running, spec } from "./specs.ts";

type World = ReturnType<typeof fleetAt>;

function cpuSeconds({ fleet }: World, name: string): number | undefined {
  const instance = fleet.find("shop", name)?.instance;
  return instance === undefined ? undefined : activeLauncher(instance).totals.cpuSeconds;
}

function nodeOfVm({ fleet }: World, name: string): string | undefined {
  const instance = fleet.find("shop", name)?.instance;
  return instance === undefined ? undefined : nodeOf(instance);
}

function printable({ fleet }: World, name: string): string | undefined {
  const machine = fleet.find("shop", name);
  return machine === undefined ? undefined : statusOf(machine).printable;
}

describe("createFleet()", () => {
  test("boots a VM: Scheduling, Scheduled, Running", () => {
    const world = fleetAt(1_000);
    world.fleet.define(spec("a"));
    expect(printable(world, "a")).toBe("Stopped");
    world.fleet.start("shop", "a");
    const phases = [0, 0.999, 0.001, 0.999, 0.001].map((seconds) => {
      world.pass(seconds);
      return world.fleet.find("shop", "a")?.instance?.phase;
    });
    expect(phases).toEqual(["Scheduling", "Scheduling", "Scheduled", "Scheduled", "Running"]);
  });

  test("counts load from the moment the guest runs, however seldom it is asked", () => {
    const world = fleetAt(1_000);
    world.fleet.setLoad("shop", "a", { cores: 1.5 });
    running(world, spec("a"));
    world.pass(10);
    expect(cpuSeconds(world, "a")).toBeCloseTo(15);
    world.fleet.setLoad("shop", "a", { cores: 0.5 });
    world.pass(10);
    expect(cpuSeconds(world, "a")).toBeCloseTo(20);
  });

  test("spreads a pool's cores over the members that run", () => {
    const world = fleetAt(1_000);
    world.fleet.setPoolLoad("shop", "web", { totalCores: 3 });
    running(world, spec("web-0", { group: "web" }), spec("web-1", { group: "web" }));
    world.pass(10);
    running(world, spec("web-2", { group: "web" }));
    world.pass(10);
    // Alone with one other for 12 s, since the third has to boot; then a third of the load for 10 s.
    expect(cpuSeconds(world, "web-0")).toBeCloseTo(12 * 1.5 + 10 * 1);
    expect(cpuSeconds(world, "web-2")).toBeCloseTo(10);
    world.fleet.pause("shop", "web-2");
    expect(world.fleet.find("shop", "web-0")?.load.cores).toBe(1.5);
  });

  test.for([
    [{ totalCores: 4 }, { coresPerVm: 0.3 }, 0.3],
    [{ coresPerVm: 0.3 }, { totalCores: 4 }, 2],
    [{ coresPerVm: 0.3 }, { memoryUsedBytesPerVm: 1 }, 0.3],
  ] as const)("after pool load %j a change of %j gives each of two members %d cores", ([first, second, cores]) => {
    const world = fleetAt(1_000);
    running(world, spec("web-0", { group: "web" }), spec("web-1", { group: "web" }));
    world.fleet.setPoolLoad("shop", "web", first);
    world.fleet.setPoolLoad("shop", "web", second);
    expect(world.fleet.find("shop", "web-0")?.load.cores).toBe(cores);
  });

  test("keeps a VM waiting until it may be scheduled and there is room", () => {
    const world = fleetAt(1_000);
    world.fleet.setSchedulable("shop", "a", false);
    world.fleet.setCapacity(1);
    running(world, spec("a"), spec("b"), spec("c"));
    expect(["a", "b", "c"].map((name) => printable(world, name))).toEqual([
      "ErrorUnschedulable",
      "Running",
      "ErrorUnschedulable",
    ]);
    world.fleet.setSchedulable("shop", "a", true);
    world.fleet.setCapacity(2);
    world.pass(2);
    expect(["a", "b", "c"].map((name) => printable(world, name))).toEqual(["Running", "Running", "ErrorUnschedulable"]);
  });

  test("counts nothing while a guest is paused, and goes on afterwards", () => {
    const world = fleetAt(1_000);
    world.fleet.setLoad("shop", "a", { cores: 1 });
    running(world, spec("a"));
    world.pass(5);
    world.fleet.pause("shop", "a");
    world.pass(100);
    expect([printable(world, "a"), cpuSeconds(world, "a")]).toEqual(["Paused", 5]);
    world.fleet.resume("shop", "a");
    world.pass(5);
    expect([printable(world, "a"), cpuSeconds(world, "a")]).toEqual(["Running", 10]);
  });

  test("restarts with a new pod and counters from 0", () => {
    const world = fleetAt(1_000);
    running(world, spec("a"));
    const before = world.fleet.find("shop", "a")?.instance;
    world.pass(5);
    world.fleet.restart("shop", "a");
    const after = world.fleet.find("shop", "a")?.instance;
    expect(after).toMatchObject({ start: 2, phase: "Scheduling" });
    expect(after?.activePod).not.toBe(before?.activePod);
    world.pass(2);
    expect(cpuSeconds(world, "a")).toBe(0);
  });

  test("switches a migrating guest over to a new QEMU whose counters begin at 0", () => {
    const world = fleetAt(1_000);
    world.fleet.setLoad("shop", "a", { cores: 1 });
    running(world, spec("a"));
    const migration = world.fleet.migrate("shop", "a");
    world.pass(9);
    expect([printable(world, "a"), cpuSeconds(world, "a")]).toEqual(["Migrating", 9]);
    world.pass(3);
    expect([printable(world, "a"), cpuSeconds(world, "a")]).toEqual(["Running", 2]);
    expect(world.fleet.find("shop", "a")?.instance?.launchers).toMatchObject([
      { podName: migration.sourcePod, node: "n1", ended: { phase: "Succeeded" }, totals: { cpuSeconds: 10 } },
      { podName: migration.targetPod, node: "n2", migrationUid: migration.uid },
    ]);
  });

  test("leaves the guest where it was when a migration fails", () => {
    const world = fleetAt(1_000);
    world.fleet.setLoad("shop", "a", { cores: 1 });
    running(world, spec("a"));
    const migration = world.fleet.migrate("shop", "a", { fails: true, migrationMs: 4_000 });
    world.pass(6);
    expect(cpuSeconds(world, "a")).toBe(6);
    expect(world.fleet.find("shop", "a")?.instance?.activePod).toBe(migration.sourcePod);
  });

  test("sends nothing to a cordoned node, and lets run what runs there", () => {
    const world = fleetAt(1_000);
    running(world, spec("a"), spec("b"));
    world.fleet.cordon("n1");
    running(world, spec("c"));
    expect(["a", "b", "c"].map((name) => nodeOfVm(world, name))).toEqual(["n1", "n2", "n2"]);
    expect(world.fleet.migrate("shop", "a").targetNode).toBe("n2");
    world.fleet.cordon("n2");
    running(world, spec("d"));
    expect(printable(world, "d")).toBe("ErrorUnschedulable");
    expect(() => world.fleet.migrate("shop", "b")).toThrow('Cannot migrate VM "shop/b": no node takes it');
    expect(() => world.fleet.cordon("n3")).toThrow('Cannot find node "n3": the fleet has none of this name');
  });

  test.for([
    ["migrate", 'Cannot act on VM "shop/off": it is stopped, not Running'],
    ["pause", 'Cannot act on VM "shop/off": it is stopped, not Running'],
  ] as const)("%s of a stopped VM throws", ([verb, message]) => {
    const { fleet } = fleetAt(1_000);
    fleet.define(spec("off"));
    expect(() => fleet[verb]("shop", "off")).toThrow(message);
    expect(() => fleet[verb]("shop", "none")).toThrow('Cannot find VM "shop/none": the fleet has none of this name');
  });
});
