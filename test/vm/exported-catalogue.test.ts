import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { exportedCatalogue } from "../../src/vm/exported-catalogue.ts";

const exported = exportedCatalogue(catalogue);

function record(api: "custom" | "external", name: string) {
  return exported.find((metric) => metric.api === api && metric.name === name);
}

describe("exportedCatalogue()", () => {
  test("records what can be asked of objects", () => {
    expect(record("custom", "network-receiveBytesPerSecond")).toEqual({
      api: "custom",
      name: "network-receiveBytesPerSecond",
      resources: [
        "namespaces",
        "nodes",
        "pods",
        "virtualmachineinstancereplicasets.kubevirt.io",
        "virtualmachineinstances.kubevirt.io",
        "virtualmachinepools.pool.kubevirt.io",
        "virtualmachines.kubevirt.io",
      ],
      unit: "BytesPerSecond",
      kind: "rate",
      aggregates: ["Sum", "Average", "Maximum", "Minimum"],
      additive: true,
      ephemeral: false,
      selectorLabels: ["interface"],
      stability: "ALPHA",
    });
  });

  test("records the labels of external values, which have no aggregates", () => {
    expect(record("external", "network-receiveBytesPerSecond")).toMatchObject({
      resources: [],
      aggregates: [],
      selectorLabels: ["estimated", "interface", "vm"],
    });
  });

  test("leaves out what nothing provides", () => {
    expect(record("custom", "storage-deviceThresholdBytes")).toBeUndefined();
  });

  test("has each name once in each API, sorted", () => {
    const provided = catalogue.filter(({ sources }) => sources.length > 0).map(({ name }) => name);
    const names = provided.toSorted((a, b) => (a < b ? -1 : 1));
    expect(exported.map(({ api, name }) => `${api} ${name}`)).toEqual(
      ["custom", "external"].flatMap((api) => names.map((name) => `${api} ${name}`)),
    );
  });

  test("keeps the life of a name", () => {
    const [metric] = catalogue;
    if (metric === undefined) throw new Error("The catalogue is empty");
    const life = { stability: "BETA", betaSince: "0.2", deprecatedSince: "0.3", replacedBy: "cpu-other" } as const;
    expect(exportedCatalogue([{ ...metric, ...life }])).toMatchObject([life, life]);
  });
});
