import { describe, expect, test } from "vitest";
import type { BackfillSeries } from "./backfill.ts";
import { backfillOf, type ExpositionBackfillOptions } from "./exposition-backfill.ts";
import { expositionOf, type KubevirtVersion, kubevirtVersions } from "./kubevirt-versions.ts";

const nowMs = 1_800_000_000_000;

function backfill(
  version: KubevirtVersion,
  options: Partial<ExpositionBackfillOptions> = {},
): readonly BackfillSeries[] {
  return backfillOf(expositionOf(version), { nowMs, ...options });
}

/** The one series of a family whose labels have all these parts. */
function one(all: readonly BackfillSeries[], family: string, ...parts: readonly string[]): BackfillSeries {
  const [found, second] = all.filter(
    ({ series }) => series.startsWith(`${family}{`) && parts.every((part) => series.includes(part)),
  );
  if (found === undefined || second !== undefined) throw new Error(`Cannot find one series of "${family}"`);
  return found;
}

describe("backfillOf()", () => {
  const cpu = ["kubevirt_vmi_cpu_usage_seconds_total", 'name="a.b"'] as const;

  test("continues a counter at the pace between both scrapes, and ends with the later one", () => {
    const { samples } = one(backfill("v1.9"), ...cpu);
    const [before, last] = samples.slice(-2);
    expect([samples.length, last, before?.atMs]).toEqual([21, { atMs: -7_000, value: 1_016.345678901 }, -37_000]);
    const slopes = samples.slice(1).map(({ value }, index) => (value - (samples[index]?.value ?? NaN)) / 30);
    expect(slopes.filter((slope) => Math.abs(slope - 16 / 29.998) > 1e-9)).toEqual([]);
  });

  test("repeats a gauge", () => {
    const { samples } = one(backfill("v1.9"), "kubevirt_vmi_memory_resident_bytes", 'name="a.b"');
    expect(new Set(samples.map(({ value }) => value))).toEqual(new Set([901_000 * 1_024]));
  });

  test("scrapes as often and as long as it is told", () => {
    const { samples } = one(backfill("v1.9", { intervalMs: 15_000, spanMs: 60_000, agoMs: 1_000 }), ...cpu);
    expect(samples.map(({ atMs }) => atMs)).toEqual([-61_000, -46_000, -31_000, -16_000, -1_000]);
  });

  test("keeps the timestamps of a migration's data", () => {
    const { samples } = one(backfill("v1.9"), "kubevirt_vmi_migration_data_processed_bytes");
    expect([samples.length, samples.at(-1)]).toEqual([10, { atMs: -9_026, value: 4_362_076_160 }]);
  });

  test("has a migration's data without timestamps in the last two scrapes", () => {
    const { samples } = one(backfill("v1.3"), "kubevirt_vmi_migration_data_processed_bytes");
    expect(samples).toEqual([
      { atMs: -37_000, value: 2_550_136_832 },
      { atMs: -7_000, value: 4_563_402_752 },
    ]);
  });

  test.for([
    ["kubevirt_vmi_migration_start_time_seconds", "web-migration", 68.031],
    ["kubevirt_vm_running_status_last_transition_timestamp_seconds", "a.b", 85_448.031],
  ] as const)("moves the times that %s says", ([family, name, secondsBeforeLater]) => {
    const { samples } = one(backfill("v1.9"), family, `name="${name}"`);
    expect((nowMs - 7_000) / 1_000 - (samples.at(-1)?.value ?? NaN)).toBeCloseTo(secondsBeforeLater, 3);
  });

  test("leaves 0 for a time that is not", () => {
    const family = "kubevirt_vm_running_status_last_transition_timestamp_seconds";
    expect(one(backfill("v1.9"), family, 'name="web-migration"').samples.at(-1)?.value).toBe(0);
  });

  test.for([
    ["kubevirt_vmi_memory_resident_bytes", 'name="a.b"', "virt-handler-x0000", "10.0.0.1:8443"],
    ["kubevirt_vmi_memory_resident_bytes", 'name="web-1"', "virt-handler-x0001", "10.0.0.2:8443"],
    ["kubevirt_vmi_guest_os_panic_total", 'name="win11"', "virt-handler-x0000", "10.0.0.1:8443"],
    ["kubevirt_vmi_info", 'name="a.b"', "virt-controller-x0002", "10.0.0.3:8443"],
    ["kubevirt_vmi_migration_succeeded", 'vmi="cpu"', "virt-controller-x0002", "10.0.0.3:8443"],
    ["kubevirt_vnc_active_connections", 'vmi="a.b"', "virt-api-x0003", "10.0.0.4:8443"],
  ] as const)("%s %s is of %s", ([family, part, pod, instance]) => {
    const { series } = one(backfill("v1.9"), family, part);
    expect(series).toContain(`pod="${pod}"`);
    expect(series).toContain(`instance="${instance}"`);
    expect(series).toContain('job="kubevirt-prometheus-metrics"');
  });

  test("each node says the version", () => {
    const versions = backfill("v1.4").filter(({ series }) => series.startsWith("kubevirt_info{"));
    expect(versions.map(({ series }) => /kubeversion="([^"]*)".*pod="([^"]*)"/u.exec(series)?.slice(1))).toEqual([
      ["v1.4.0", "virt-handler-x0000"],
      ["v1.4.0", "virt-handler-x0001"],
    ]);
  });

  test.for([
    [true, 'namespace="team-a"'],
    [false, 'exported_namespace="team-a"'],
  ] as const)("with honorLabels %s the virtual machine has %s", ([honorLabels, label]) => {
    const { series } = one(backfill("v1.9", { honorLabels, labels: { replica: "a" } }), ...cpu);
    expect(series).toContain(label);
    expect(series.includes('namespace="kubevirt"')).toBe(!honorLabels);
    expect(series).toContain('replica="a"');
  });

  test.for(kubevirtVersions)("%s: no series twice, no empty label, no sample in the future", (version) => {
    const all = backfill(version);
    expect(new Set(all.map(({ series }) => series)).size).toBe(all.length);
    expect(all.filter(({ series, samples }) => series.includes('=""') || samples.length === 0)).toEqual([]);
    expect(all.flatMap(({ samples }) => samples).filter(({ atMs, value }) => atMs > 0 || Number.isNaN(value))).toEqual(
      [],
    );
  });
});
