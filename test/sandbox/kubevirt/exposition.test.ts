import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createExposition } from "../../../sandbox/kubevirt/exposition.ts";
import { type ParsedFamily, parseExposition } from "./parse-exposition.ts";
import { fleetAt, running, spec } from "./specs.ts";

/** KubeVirt's own collectors wrote this about VMs of the same kinds. */
const kubevirt = parseExposition(readFileSync(new URL("../../vectors/kubevirt/v1.9.0.prom", import.meta.url), "utf8"));

/** Everything that a fleet exports, as one text. */
function expositionOf({ fleet, nowMs }: ReturnType<typeof fleetAt>, overlapMs = 2_000) {
  const exposition = createExposition({ fleet, nowMs, overlapMs });
  return {
    node: (node: string) => parseExposition(exposition.virtHandler(node)),
    all: () =>
      parseExposition(
        [
          exposition.virtHandler("n1"),
          exposition.virtHandler("n2"),
          exposition.virtController(),
          exposition.virtApi(),
        ].join(""),
      ),
  };
}

/** Running, paused, stopped, hung, migrating, migrated, failed to migrate, pool, replica set and scheduling VMs. */
function everyKind(): ReturnType<typeof fleetAt> {
  const world = fleetAt(1_795_000_000_000);
  const { fleet, pass } = world;
  const app = { labels: { app: "x" }, instanceLabels: { app: "x" } };
  const names = ["paused", "stopped", "hung", "migrating", "migrated", "failed"];
  running(
    world,
    spec("running", { ...app, limits: { cores: 2, memoryBytes: 2 ** 31 } }),
    ...names.map((name) => spec(name, app)),
    spec("web-0", { ...app, group: "web" }),
    spec("rsk7x2q", { ...app, kind: "VirtualMachineInstance", group: "rs" }),
  );
  fleet.pause("shop", "paused");
  fleet.stop("shop", "stopped");
  fleet.hang("shop", "hung");
  fleet.panic("shop", "running");
  fleet.setLoad("shop", "running", { vncConnections: 1 });
  fleet.migrate("shop", "migrated");
  fleet.migrate("shop", "failed", { fails: true });
  pass(20);
  fleet.migrate("shop", "migrating", { migrationMs: 60_000 });
  pass(25);
  fleet.define(spec("new", app));
  fleet.start("shop", "new");
  return world;
}

/** The label names of a series; labels made of Kubernetes labels count as one. */
function labelNames(series: ParsedFamily["series"][number]): string {
  const names = Object.keys(series.labels).map((name) => name.replace(/^(kubernetes_vmi_label|label)_.*$/u, "$1_*"));
  return [...new Set(names)].toSorted().join(" ") + (series.timestampMs === undefined ? "" : " @timestamp");
}

function shapeOf(families: ReadonlyMap<string, ParsedFamily>): object {
  return Object.fromEntries(
    [...families]
      .filter(([name]) => name.startsWith("kubevirt_vm"))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { type, help, series }]) => [name, { type, help, labels: [...new Set(series.map(labelNames))] }]),
  );
}

describe("createExposition()", () => {
  test("has the families, types, helps and label names that KubeVirt v1.9.0 has for the same kinds of VMs", () => {
    expect(shapeOf(expositionOf(everyKind()).all())).toEqual(shapeOf(kubevirt));
  });

  test("says its version on every node", () => {
    const { node } = expositionOf(everyKind());
    const versions = ["n1", "n2"].map((name) => node(name).get("kubevirt_info")?.series[0]?.labels["kubeversion"]);
    expect(versions).toEqual(["v1.9.0", "v1.9.0"]);
  });

  test.for([
    ["running", "running running", true],
    ["paused", "paused non_running", true],
    ["stopped", "stopped non_running", false],
    ["hung", "running running", false],
    ["migrating", "migrating migrating", true],
    ["new", "starting starting", false],
  ] as const)("shows VM %s as %s; domain series: %s", ([name, status, reports]) => {
    const families = expositionOf(everyKind()).all();
    const info = families.get("kubevirt_vm_info")?.series.find(({ labels }) => labels["name"] === name)?.labels;
    expect(`${info?.["status"]} ${info?.["status_group"]}`).toBe(status);
    const domain = families.get("kubevirt_vmi_cpu_usage_seconds_total")?.series ?? [];
    expect(domain.some(({ labels }) => labels["name"] === name)).toBe(reports);
  });

  test("leaves out empty VMI labels at virt-handler and writes empty labels at virt-controller", () => {
    const world = fleetAt(1_000);
    running(world, spec("a", { instanceLabels: { empty: "" }, guestAgent: false }));
    const families = expositionOf(world).all();
    const domain = families.get("kubevirt_vmi_memory_resident_bytes")?.series[0];
    expect(domain?.labels).toEqual({
      kubernetes_vmi_label_kubevirt_io_nodeName: "n1",
      namespace: "shop",
      name: "a",
      node: "n1",
    });
    expect(families.get("kubevirt_vmi_info")?.series[0]?.labels).toMatchObject({ guest_os_name: "", os: "" });
  });

  test("shows a migrated guest on both nodes until the overlap is over, and its source counters stand still", () => {
    const world = fleetAt(1_000);
    const { node } = expositionOf(world, 3_000);
    world.fleet.setLoad("shop", "a", { cores: 1 });
    running(world, spec("a"));
    world.fleet.migrate("shop", "a");
    const cpuByTime = [9, 3, 2].map((seconds) => {
      world.pass(seconds);
      return ["n1", "n2"].map((name) => node(name).get("kubevirt_vmi_cpu_usage_seconds_total")?.series[0]?.value);
    });
    expect(cpuByTime).toEqual([
      [9, undefined],
      [10, 2],
      [undefined, 4],
    ]);
  });

  test("exports ring samples of a migration every 5 s from its source, again at each scrape, ten at most", () => {
    const world = fleetAt(1_000);
    const { node } = expositionOf(world);
    running(world, spec("a", { memoryBytes: 1_000 }));
    world.fleet.migrate("shop", "a", { migrationMs: 100_000 });
    world.pass(11);
    function processed(): unknown {
      const family = node("n1").get("kubevirt_vmi_migration_data_processed_bytes");
      return family?.series.map(({ timestampMs, value }) => [timestampMs, value]);
    }
    const expected = [
      [8_000, 50],
      [13_000, 100],
    ];
    expect([processed(), processed()]).toEqual([expected, expected]);
    expect(node("n2").has("kubevirt_vmi_migration_data_processed_bytes")).toBe(false);
    world.pass(80);
    expect(processed()).toHaveLength(10);
    world.pass(20);
    expect(processed()).toBeUndefined();
  });

  test("reports memory so that available minus usable is what the guest uses", () => {
    const world = fleetAt(1_000);
    world.fleet.setLoad("shop", "a", { memoryUsedBytes: 123_456_789 });
    running(world, spec("a"));
    const families = expositionOf(world).node("n1");
    const [available = 0, usable = 0] = ["available", "usable"].map(
      (word) => families.get(`kubevirt_vmi_memory_${word}_bytes`)?.series[0]?.value,
    );
    expect(available - usable).toBe(123_456_789);
  });
});
