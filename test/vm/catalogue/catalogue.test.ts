import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../src/vm/catalogue/catalogue.ts";
import { parseExposition } from "../../sandbox/kubevirt/parse-exposition.ts";
import { scopeOf } from "../../support/scope.ts";

const written = parseExposition(readFileSync(join(import.meta.dirname, "../../vectors/kubevirt/v1.9.0.prom"), "utf8"));
const rate = { intervalMs: 30_000, windowMs: 120_000 };

/** The series of KubeVirt's that a source reads. */
function kubevirtSeries({ expression, exporter }: (typeof catalogue)[number]["sources"][number]): readonly string[] {
  return [...new Set(expression(scopeOf(exporter, rate)).match(/\bkubevirt_\w+/gu))];
}

describe("catalogue", () => {
  test("has every metric of the project's table, and those beyond it", () => {
    const rows = new Set(catalogue.flatMap(({ seedRow }) => seedRow ?? []));
    expect([...rows].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 44 }, (_, index) => index + 1));
    expect(catalogue.length).toBe(104);
    expect(catalogue.filter(({ seedRow }) => seedRow === undefined).length).toBe(31);
  });

  test("says of the metrics that KubeVirt does not feed what they need", () => {
    expect(
      Object.fromEntries(catalogue.flatMap(({ name, unfed }) => (unfed === undefined ? [] : [[name, unfed]]))),
    ).toEqual({
      "storage-deviceThresholdBytes": "no known exporter provides it",
      "guest-stateReasonCode": "it needs collectd's virt plugin with ExtraStats domain_state",
      "migration-downtimeSeconds": "it needs collectd's virt plugin with ExtraStats job_stats_background",
      "migration-memoryConstantPages": "it needs collectd's virt plugin with ExtraStats job_stats_background",
      "migration-memoryCompressedBytes": "it needs collectd's virt plugin with ExtraStats job_stats_background",
      "migration-memoryIterationCount": "it needs collectd's virt plugin with ExtraStats job_stats_background",
    });
  });

  test.for(catalogue.filter(({ unfed }) => unfed === undefined).map((metric) => [metric.name, metric] as const))(
    "%s reads first what KubeVirt v1.9.0 writes",
    ([, { sources }]) => {
      const [first] = sources;
      const read = first === undefined ? [] : kubevirtSeries(first);
      expect(read).not.toEqual([]);
      expect(read.filter((series) => !written.has(series) && !unheard.has(series))).toEqual([]);
    },
  );

  test("has a heartbeat that KubeVirt v1.9.0 writes for each of its exporters but those of older versions", () => {
    const exporters = new Set(catalogue.flatMap(({ sources }) => sources.map(({ exporter }) => exporter)));
    const kubevirt = [...exporters].filter(({ name }) => name.startsWith("virt-"));
    const beats = kubevirt.map(({ name, heartbeat: [first = ""] }) => [name, written.has(first)]);
    expect(Object.fromEntries(beats)).toEqual({
      "virt-handler": true,
      "virt-handler since v1.1": true,
      "virt-handler since v1.1 of a known release": true,
      "virt-handler since v1.1 of an unknown release": true,
      "virt-handler before v1.1": false,
      "virt-handler before v0.20": false,
      "virt-controller": true,
    });
  });
});

/** Series that v1.9.0 writes only of what the fleet of the recording does not have, or that releases before it write. */
const unheard: ReadonlySet<string> = new Set(["kubevirt_vmi_migration_disk_transfer_rate_bytes"]);
