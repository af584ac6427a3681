import { describe, expect, test } from "vitest";
import { currentRelease, releaseLine } from "../../src/naming/release-line.ts";
import { type CatalogueEntry, catalogueEntry } from "../../src/vm/catalogue-entry.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { servedCatalogue } from "../../src/vm/served-catalogue.ts";

const lists = { allow: [], deny: [], optIn: [] };
const served = servedCatalogue(catalogue, lists, { showHidden: false, release: currentRelease, releaseLine });

function entryOf(name: string): CatalogueEntry | undefined {
  return served.map(catalogueEntry).find((entry) => entry.name === name);
}

describe("catalogueEntry()", () => {
  test.for([
    ["cpu-usageCores", { group: "cpu", tableRow: 1, ephemeral: false, listed: true, unit: "Cores", kind: "rate" }],
    ["network-receiveBytesPerSecond", { group: "network", device: "interface" }],
    ["migration-memoryProcessedBytes", { group: "migration", ephemeral: true }],
    ["storage-deviceThresholdBytes", { listed: false, sources: [] }],
    ["cpu-usageCores", { inOtherUnits: ["cpu-usageMillicores"] }],
    ["memory-residentBytes", { inOtherUnits: ["memory-residentKiB", "memory-residentMiB", "memory-residentGiB"] }],
    ["vcpu-currentCount", { inOtherUnits: [] }],
    ["guest-stateCode", { aggregates: ["guest-stateMaximumCode", "guest-stateMinimumCode"] }],
  ] as const)("%s has %j", ([name, part]) => {
    expect(entryOf(name)).toMatchObject(part);
  });

  test("names the aggregates, the bare one first where it is a sum", () => {
    const words = ["", "Sum", "Average", "Maximum", "Minimum"];
    expect(entryOf("cpu-usageCores")?.aggregates).toEqual(words.map((word) => `cpu-usage${word}Cores`));
    expect(entryOf("cpu-usageRatio")?.aggregates).toEqual(words.slice(1).map((word) => `cpu-usage${word}Ratio`));
  });

  test("says where a figure comes from, in the order of preference", () => {
    expect(entryOf("cpu-usageCores")?.sources[0]).toEqual({
      series: "kubevirt_vmi_cpu_usage_seconds_total",
      versions: "KubeVirt since v1.1",
      exporter: "virt-handler since v1.1",
    });
  });

  test("is data: nothing is lost when it is written as JSON", () => {
    const entries = served.map(catalogueEntry);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
  });
});
