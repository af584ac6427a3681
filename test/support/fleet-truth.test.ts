import { describe, expect, test } from "vitest";
import { createExposition } from "../../sandbox/kubevirt/exposition.ts";
import { parseExposition } from "../sandbox/kubevirt/parse-exposition.ts";
import { fleetAt, running, spec } from "../sandbox/kubevirt/specs.ts";
import { fleetTruth, type FleetMoment } from "./fleet-truth.ts";
import type { VmTruth } from "./metric-truth.ts";

const startMs = 1_795_000_000_000;

/** A fleet of every kind, at two moments 30 s apart. */
function fleetAtTwoMoments() {
  const world = fleetAt(startMs);
  const { fleet, pass, nowMs } = world;
  function moment(): FleetMoment {
    return { machines: fleet.machines(), atMs: nowMs() };
  }
  fleet.setLoad("shop", "a", { cores: 1.5, readBytesPerSecond: 409_600, vncConnections: 2, runnableProcesses: 4 });
  const names = ["a", "paused", "stopped", "hung", "migrating", "migrated"];
  running(world, ...names.map((name) => spec(name, { vcpus: 3, interfaces: ["default", "Net_1"] })));
  pass(60);
  fleet.pause("shop", "paused");
  fleet.stop("shop", "stopped");
  fleet.hang("shop", "hung");
  fleet.migrate("shop", "migrated");
  fleet.panic("shop", "a");
  pass(20);
  fleet.migrate("shop", "migrating", { migrationMs: 80_000 });
  const before = moment();
  pass(42);
  const now = moment();
  const exposition = createExposition({ fleet, nowMs });
  const text = ["n1", "n2"].map((node) => exposition.virtHandler(node)).join("") + exposition.virtController();
  return { truths: fleetTruth(before, now), families: parseExposition(text + exposition.virtApi()) };
}

const { truths, families } = fleetAtTwoMoments();

function truthOf(name: string): VmTruth {
  const found = truths.find((each) => each.name === name);
  if (found === undefined) throw new Error(`Cannot find virtual machine "${name}"`);
  return found;
}

describe("fleetTruth()", () => {
  test.for([
    ["a", "cpu-usageCores", 1.5],
    ["a", "cpu-usageRatio", 0.5],
    ["a", "storage-readOperationsPerSecond", 100],
    ["a", "storage-readLatencySeconds", 0.0005],
    ["a", "guest-queueProcesses", 1],
    ["a", "guest-panicCountTotal", 1],
    ["a", "guest-connectionsVncCount", 2],
    ["a", "guest-uptimeSeconds", 122],
    ["a", "guest-addressCount", 1],
    ["paused", "cpu-usageCores", 0],
    ["paused", "guest-stateCode", 3],
    ["stopped", "guest-stateCode", 5],
    ["stopped", "cpu-timeSecondsTotal", undefined],
    ["stopped", "storage-deviceCapacityBytes", 20 * 2 ** 30],
    ["hung", "cpu-timeSecondsTotal", undefined],
    ["hung", "guest-stateCode", 1],
    ["migrated", "migration-succeededCount", 1],
    ["migrated", "migration-timeElapsedSeconds", 10],
    ["migrating", "migration-timeElapsedSeconds", 42],
    ["migrating", "migration-dataProcessedBytes", 2 ** 30],
    ["migrating", "migration-activeBoolean", 1],
    ["migrating", "memory-dirtyBytesPerSecond", undefined],
  ] as const)("%s: %s is %d", ([name, metric, value]) => {
    const truth = truthOf(name).of(metric)?.value;
    expect([truth !== undefined, truth ?? 0]).toEqual([value !== undefined, expect.closeTo(value ?? 0, 6)]);
  });

  test.for([
    ["cpu-timeSecondsTotal", "kubevirt_vmi_cpu_usage_seconds_total"],
    ["network-receiveBytesTotal", "kubevirt_vmi_network_receive_bytes_total"],
    ["storage-writeTimeSecondsTotal", "kubevirt_vmi_storage_write_times_seconds_total"],
    ["storage-deviceCapacityBytes", "kubevirt_vm_disk_allocated_size_bytes"],
    ["vcpu-timeSecondsTotal", "kubevirt_vmi_vcpu_seconds_total"],
    ["vcpu-affinityCount", "kubevirt_vmi_node_cpu_affinity"],
    ["memory-residentBytes", "kubevirt_vmi_memory_resident_bytes"],
    ["memory-overheadLauncherBytes", "kubevirt_vmi_launcher_memory_overhead_bytes"],
    ["memory-dirtyBytesPerSecond", "kubevirt_vmi_dirty_rate_bytes_per_second"],
    ["guest-memoryTotalBytes", "kubevirt_vmi_memory_available_bytes"],
    ["guest-filesystemUsedBytes", "kubevirt_vmi_filesystem_used_bytes"],
    ["guest-load5mProcesses", "kubevirt_vmi_guest_load_5m"],
    ["guest-panicCountTotal", "kubevirt_vmi_guest_os_panic_total"],
    ["guest-connectionsVncCount", "kubevirt_vnc_active_connections"],
    ["network-interfaceCount", "kubevirt_vmi_vnic_info"],
    ["migration-succeededCount", "kubevirt_vmi_migration_succeeded"],
  ] as const)("%s is what the simulator writes as %s", ([metric, family]) => {
    for (const { name, of } of truths) {
      const own = (families.get(family)?.series ?? []).filter(
        ({ labels }) => (labels["name"] ?? labels["vmi"]) === name,
      );
      const truth = of(metric);
      // What has happened to nobody has no series, and is known to be 0.
      const none = /^(?:guest-panicCount|migration-succeeded)/u.test(metric) && truth?.value === 0;
      expect([name, truth !== undefined]).toEqual([name, own.length > 0 || none]);
      expect(truth?.value ?? 0).toBeCloseTo(
        own.reduce((sum, { value }) => sum + value, 0),
        6,
      );
    }
  });
});
