import { describe, expect, test } from "vitest";
import { renderLabels } from "../../sandbox/kubevirt/text-format.ts";
import { readFamilies } from "./kubevirt-vectors.ts";
import { kubevirtTruth } from "./kubevirt-truth.ts";
import { truthMetrics, type VmTruth } from "./metric-truth.ts";
import { expositionOf, type KubevirtVersion, kubevirtVersions } from "./kubevirt-versions.ts";

function vmOf(truths: readonly VmTruth[], key: string): VmTruth {
  const found = truths.find(({ namespace, name }) => `${namespace}/${name}` === key);
  if (found === undefined) throw new Error(`Cannot find virtual machine "${key}"`);
  return found;
}

/** Metrics whose figure is one series of a virtual machine, or the sum over its devices. */
const familyOf: Readonly<Record<string, string>> = {
  "cpu-timeSecondsTotal": "kubevirt_vmi_cpu_usage_seconds_total",
  "cpu-timeUserSecondsTotal": "kubevirt_vmi_cpu_user_usage_seconds_total",
  "cpu-timeSystemSecondsTotal": "kubevirt_vmi_cpu_system_usage_seconds_total",
  "network-receiveBytesTotal": "kubevirt_vmi_network_receive_bytes_total",
  "network-transmitBytesTotal": "kubevirt_vmi_network_transmit_bytes_total",
  "network-receivePacketsTotal": "kubevirt_vmi_network_receive_packets_total",
  "network-transmitPacketsTotal": "kubevirt_vmi_network_transmit_packets_total",
  "network-receiveErrorsTotal": "kubevirt_vmi_network_receive_errors_total",
  "network-transmitErrorsTotal": "kubevirt_vmi_network_transmit_errors_total",
  "network-receiveDroppedPacketsTotal": "kubevirt_vmi_network_receive_packets_dropped_total",
  "network-transmitDroppedPacketsTotal": "kubevirt_vmi_network_transmit_packets_dropped_total",
  "network-interfaceCount": "kubevirt_vmi_vnic_info",
  "storage-readOperationsTotal": "kubevirt_vmi_storage_iops_read_total",
  "storage-writeOperationsTotal": "kubevirt_vmi_storage_iops_write_total",
  "storage-readBytesTotal": "kubevirt_vmi_storage_read_traffic_bytes_total",
  "storage-writeBytesTotal": "kubevirt_vmi_storage_write_traffic_bytes_total",
  "storage-readTimeSecondsTotal": "kubevirt_vmi_storage_read_times_seconds_total",
  "storage-writeTimeSecondsTotal": "kubevirt_vmi_storage_write_times_seconds_total",
  "storage-flushOperationsTotal": "kubevirt_vmi_storage_flush_requests_total",
  "storage-flushTimeSecondsTotal": "kubevirt_vmi_storage_flush_times_seconds_total",
  "storage-deviceCapacityBytes": "kubevirt_vm_disk_allocated_size_bytes",
  "vcpu-timeSecondsTotal": "kubevirt_vmi_vcpu_seconds_total",
  "vcpu-affinityCount": "kubevirt_vmi_node_cpu_affinity",
  "memory-balloonCurrentBytes": "kubevirt_vmi_memory_actual_balloon_bytes",
  "memory-residentBytes": "kubevirt_vmi_memory_resident_bytes",
  "memory-domainBytes": "kubevirt_vmi_memory_domain_bytes",
  "memory-overheadLauncherBytes": "kubevirt_vmi_launcher_memory_overhead_bytes",
  "memory-dirtyBytesPerSecond": "kubevirt_vmi_dirty_rate_bytes_per_second",
  "guest-memoryTotalBytes": "kubevirt_vmi_memory_available_bytes",
  "guest-memoryFreeBytes": "kubevirt_vmi_memory_unused_bytes",
  "guest-memoryUsableBytes": "kubevirt_vmi_memory_usable_bytes",
  "guest-memoryCachedBytes": "kubevirt_vmi_memory_cached_bytes",
  "guest-load1mProcesses": "kubevirt_vmi_guest_load_1m",
  "guest-load5mProcesses": "kubevirt_vmi_guest_load_5m",
  "guest-load15mProcesses": "kubevirt_vmi_guest_load_15m",
  "guest-panicCountTotal": "kubevirt_vmi_guest_os_panic_total",
  "guest-connectionsVncCount": "kubevirt_vnc_active_connections",
  "migration-succeededCount": "kubevirt_vmi_migration_succeeded",
  "migration-failedCount": "kubevirt_vmi_migration_failed",
};

/** What has happened to nobody has no series, and is known to be 0. */
const counts = new Set(["guest-panicCountTotal", "migration-succeededCount", "migration-failedCount"]);

/** The metric that is the rate of a total; undefined for what has none. */
function rateNameOf(metric: string): string | undefined {
  const ofTime = metric.replace("time", "usage").replace("SecondsTotal", "Cores");
  return [ofTime, metric.replace(/Total$/u, "PerSecond")].find(
    (name) => name !== metric && truthMetrics.includes(name),
  );
}

const devices = ["interface", "drive", "id", "device"];

function deviceOf(labels: Readonly<Record<string, string>>): string {
  return devices.flatMap((label) => labels[label] ?? [])[0] ?? "";
}

function sumOf(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}

/** One of its vCPUs is offline. */
const ofFourVcpus = "a-very-long-vm-name-that-goes-past-the-limit-of-sixty-three-characters-on-purpose";

describe("kubevirtTruth()", () => {
  const v19 = kubevirtTruth("v1.9");
  const later = readFamilies("v1.9.0", "later");

  test("knows 104 metrics", () => {
    expect([truthMetrics.length, new Set(truthMetrics).size]).toEqual([104, 104]);
  });

  test.for(Object.entries(familyOf))("%s is what v1.9.0 writes as %s", ([metric, family]) => {
    const series = later.get(family)?.series ?? [];
    for (const { namespace, name, of } of v19) {
      const own = series.filter(
        ({ labels }) => labels["namespace"] === namespace && (labels["name"] ?? labels["vmi"]) === name,
      );
      const truth = of(metric);
      const values = own.map(({ value }) => value);
      const none = counts.has(metric) && truth?.value === 0;
      expect([namespace, name, truth !== undefined]).toEqual([namespace, name, own.length > 0 || none]);
      expect(truth?.value ?? 0).toBeCloseTo(sumOf(values), 6);
      const byDevice = own.map(({ labels, value }) => truth?.devices?.[deviceOf(labels)] ?? value);
      expect(byDevice.filter((value, index) => Math.abs(value - (values[index] ?? NaN)) > 1e-6)).toEqual([]);
    }
  });

  test.for(Object.entries(familyOf).filter(([metric]) => rateNameOf(metric) !== undefined))(
    "the rate of %s is that of %s in v1.9.0",
    ([metric, family]) => {
      const [before = NaN, after = NaN] = (["first", "later"] as const).map((moment) => {
        const series = readFamilies("v1.9.0", moment).get(family)?.series ?? [];
        return sumOf(series.filter(({ labels }) => labels["name"] === "a.b").map(({ value }) => value));
      });
      const rate = vmOf(v19, "team-a/a.b").of(rateNameOf(metric) ?? "")?.value ?? NaN;
      expect(rate / ((after - before) / 29.998)).toBeCloseTo(1, 9);
    },
  );

  test.for([
    ["v1.9", "team-a/a.b", "cpu-usageCores", 16 / 29.998],
    ["v1.9", "team-a/a.b", "cpu-usageRatio", 8 / 29.998],
    ["v1.9", "team-a/a.b", "guest-queueProcesses", 0],
    ["v1.9", "team-a-b/web-1", "guest-queueProcesses", 0],
    ["v1.9", "team-a/a.b", "storage-readLatencySeconds", 0.002],
    ["v1.9", "team-a/a.b", "guest-filesystemFreeBytes", 20_999_999_997],
    ["v1.9", "team-a-b/win11", "guest-filesystemUsedRatio", 30_000_000_003 / 50_000_000_000],
    ["v1.9", "a/stopped.vm", "cpu-timeSecondsTotal", undefined],
    ["v1.9", "team-a-b/hung", "guest-panicCountTotal", undefined],
    ["v1.8", "team-a-b/win11", "guest-panicCountTotal", undefined],
    ["v1.3", "team-a-b/vm0", "migration-failedCount", 1],
    ["v1.2", "team-a-b/vm0", "migration-failedCount", undefined],
    ["v1.9", "a/stopped.vm", "migration-failedCount", undefined],
    ["v1.9", `team-a/${ofFourVcpus}`, "vcpu-currentCount", 3],
    ["v1.9", "a/vm0", "guest-stateRunningBoolean", 0],
    ["v1.9", "a/stopped.vm", "guest-stateCode", 5],
    ["v1.9", "a/vm0", "guest-stateCode", 3],
    ["v1.3", "a/vm0", "guest-stateCode", 1],
    ["v1.9", "team-a/new", "guest-stateCode", 0],
    ["v1.9", "team-a-b/hung", "guest-stateCode", 1],
    ["v1.9", "a/rs-webk7x2q", "guest-stateEvictableBoolean", 0],
    ["v1.9", "team-a/web-migration", "migration-dataProcessedBytes", 4_362_076_160],
    ["v1.4", "team-a/web-migration", "migration-dataProcessedBytes", 2_348_810_240],
    ["v1.3", "team-a/web-migration", "migration-dataProcessedBytes", 4_563_402_752],
    ["v1.1", "team-a/web-migration", "migration-memoryTransferBytesPerSecond", 67_108_932],
    ["v1.9", "team-a/web-migration", "migration-timeElapsedSeconds", 68.031],
    ["v1.9", "team-a/cpu", "migration-timeElapsedSeconds", 30],
    ["v1.9", "team-a/cpu", "migration-dataProcessedBytes", undefined],
    ["v1.4", "team-a/cpu", "migration-timeElapsedSeconds", undefined],
    ["v1.0", "team-a/a.b", "cpu-timeSecondsTotal", 1_016],
    ["v1.0", "team-a/a.b", "storage-readTimeSecondsTotal", 4.7],
    ["v1.2", "team-a/a.b", "vcpu-timeSecondsTotal", 442],
    ["v1.4", "team-a/a.b", "vcpu-timeSecondsTotal", 443.5],
    ["v1.2", "team-a-b/win11", "cpu-usageCores", undefined],
    ["v1.0", "team-a/a.b", "vcpu-delaySecondsPerSecond", undefined],
    ["v1.9", "team-a/a.b", "migration-downtimeSeconds", undefined],
  ] as const)("%s, %s: %s is %d", ([version, vm, metric, value]) => {
    const truth = vmOf(kubevirtTruth(version), vm).of(metric);
    expect([truth !== undefined]).toEqual([value !== undefined]);
    expect(truth?.value ?? 0).toBeCloseTo(value ?? 0, 6);
  });

  test("time goes on after the scrape for what follows the clock", () => {
    const [now, after] = [0, 7].map((seconds) =>
      vmOf(kubevirtTruth("v1.9", seconds), "team-a/a.b").of("guest-uptimeSeconds"),
    );
    expect((after?.value ?? NaN) - (now?.value ?? NaN)).toBeCloseTo(7, 6);
  });

  test("refuses a name that is no metric", () => {
    expect(() => v19[0]?.of("cpu-usage")).toThrow("no metric has that name");
  });
});

describe("expositionOf()", () => {
  /** The value of the first series of a family that belongs to web-migration, or its only one. */
  function valueOf(version: KubevirtVersion, family: string): number | undefined {
    const series = expositionOf(version).later.get(family)?.series ?? [];
    return series.find(({ labels }) => labels["name"] === "web-migration")?.value;
  }

  test.for([
    ["v1.0", "kubevirt_migrate_vmi_memory_transfer_rate_bytes", 67_108_932],
    ["v1.1", "kubevirt_vmi_migration_disk_transfer_rate_bytes", 67_108_932],
    ["v1.1", "kubevirt_vmi_migration_memory_transfer_rate_bytes", 0],
    ["v1.2", "kubevirt_vmi_migration_disk_transfer_rate_bytes", 67_108_932],
    ["v1.2", "kubevirt_vmi_migration_memory_transfer_rate_bytes", undefined],
    ["v1.6", "kubevirt_vmi_migration_disk_transfer_rate_bytes", 67_108_889],
    ["v1.6", "kubevirt_vmi_migration_memory_transfer_rate_bytes", undefined],
    ["v1.7", "kubevirt_vmi_migration_memory_transfer_rate_bytes", 67_108_889],
    ["v1.7", "kubevirt_vmi_migration_data_total_bytes", 8_589_934_592],
    ["v1.8", "kubevirt_vmi_migration_data_bytes_total", 8_589_934_592],
    ["v1.1", "kubevirt_vmi_vcpu_seconds_total", 816],
    ["v1.3", "kubevirt_vmi_vcpu_seconds_total", 816_750],
    ["v1.5", "kubevirt_vmi_vcpu_seconds_total", 816_750],
    ["v1.6", "kubevirt_vmi_vcpu_seconds_total", 816.75],
    ["v1.3", "kubevirt_vm_info", undefined],
    ["v1.5", "kubevirt_vm_info", 1],
  ] as const)("in %s %s is %d", ([version, family, value]) => {
    expect(valueOf(version, family)).toBe(value);
  });

  test.for(kubevirtVersions)("%s has no series twice and says its version", (version) => {
    const { later } = expositionOf(version);
    const all = [...later].flatMap(([family, { series }]) =>
      series.map(({ labels, timestampMs }) => `${family}{${renderLabels(labels)}} ${timestampMs}`),
    );
    expect(all.length).toBe(new Set(all).size);
    expect(later.get("kubevirt_info")?.series.map(({ labels }) => labels["kubeversion"])).toEqual([`${version}.0`]);
  });
});
