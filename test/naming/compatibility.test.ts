import { describe, expect, test } from "vitest";
import { compareExports } from "../../src/naming/compatibility.ts";
import type { ExportedMetric } from "../../src/naming/exported-metrics.ts";

const releaseLine = ["0.1", "0.2", "0.3", "1.0", "1.1", "1.2"];
const releases = { release: "1.1", releaseLine };

const alpha: ExportedMetric = {
  api: "custom",
  name: "cpu-usageCores",
  resources: ["pods", "virtualmachines.kubevirt.io"],
  unit: "Cores",
  kind: "rate",
  aggregates: ["Sum", "Average"],
  additive: true,
  ephemeral: false,
  selectorLabels: ["vcpu"],
  stability: "ALPHA",
};
const beta: ExportedMetric = { ...alpha, stability: "BETA", betaSince: "0.3" };
const stable: ExportedMetric = { ...beta, stability: "STABLE" };
const other: ExportedMetric = { ...alpha, name: "cpu-timeCores" };
/** The same metric under another name takes over. */
const replaced = { deprecatedSince: "1.1", replacedBy: "cpu-timeCores" };

function rules(last: readonly ExportedMetric[], present: readonly ExportedMetric[]): readonly string[] {
  return compareExports(last, present, releases).map(({ rule, name }) =>
    name === alpha.name ? rule : `${rule} ${name}`,
  );
}

describe("compareExports()", () => {
  const contract: readonly [string, Partial<ExportedMetric>, string][] = [
    ["another unit", { unit: "Ratio" }, "unit-changed"],
    ["another kind", { kind: "gauge" }, "kind-changed"],
    ["a bare name that is no sum", { additive: false }, "additive-changed"],
    ["values during migrations only", { ephemeral: true }, "ephemeral-changed"],
    ["a resource less", { resources: ["pods"] }, "resource-removed"],
    ["an aggregate less", { aggregates: ["Sum"] }, "aggregate-removed"],
    ["a selector label less", { selectorLabels: [] }, "selector-label-removed"],
  ];
  const additions: readonly [string, Partial<ExportedMetric>, string][] = [
    ["another resource", { resources: [...alpha.resources, "namespaces"] }, "resource-added"],
    ["another aggregate", { aggregates: [...alpha.aggregates, "Maximum"] }, "aggregate-added"],
    ["another selector label", { selectorLabels: ["vcpu", "state"] }, "selector-label-added"],
  ];

  test.for(contract)("BETA and STABLE do not take %s, ALPHA does", ([, change, rule]) => {
    expect(rules([alpha], [{ ...alpha, ...change }])).toEqual([]);
    expect(rules([beta], [{ ...beta, ...change }])).toEqual([rule]);
    expect(rules([stable], [{ ...stable, ...change }])).toEqual([rule]);
  });

  test.for(additions)("STABLE does not take %s, BETA and ALPHA do", ([, change, rule]) => {
    expect(rules([alpha], [{ ...alpha, ...change }])).toEqual([]);
    expect(rules([beta], [{ ...beta, ...change }])).toEqual([]);
    expect(rules([stable], [{ ...stable, ...change }])).toEqual([rule]);
  });

  test.for<[string, ExportedMetric, ExportedMetric, readonly string[]]>([
    ["nothing", stable, stable, []],
    ["another order of resources", stable, { ...stable, resources: stable.resources.toReversed() }, []],
    ["ALPHA to BETA", alpha, { ...beta, betaSince: "1.1" }, []],
    ["ALPHA to BETA with another unit", alpha, { ...beta, betaSince: "1.1", unit: "Ratio" }, []],
    ["ALPHA to BETA, dated back", alpha, { ...beta, betaSince: "0.3" }, ["beta-since"]],
    ["ALPHA to BETA, not dated", alpha, { ...alpha, stability: "BETA" }, ["beta-since"]],
    ["ALPHA to STABLE", alpha, stable, ["class-skipped"]],
    ["BETA to STABLE after two releases", beta, stable, []],
    [
      "BETA to STABLE after one release",
      { ...beta, betaSince: "1.0" },
      { ...stable, betaSince: "1.0" },
      ["beta-too-short"],
    ],
    ["BETA to STABLE after one release, dated back", { ...beta, betaSince: "1.0" }, stable, ["beta-too-short"]],
    ["BETA to STABLE, date lost", beta, { ...alpha, stability: "STABLE" }, ["beta-since"]],
    ["BETA with another date", beta, { ...beta, betaSince: "0.1" }, ["beta-since"]],
    ["BETA to ALPHA", beta, alpha, ["class-lowered"]],
    ["STABLE to BETA", stable, beta, ["class-lowered"]],
    ["STABLE to ALPHA", stable, alpha, ["class-lowered"]],
    ["an ALPHA name with the date of a BETA one", alpha, { ...alpha, betaSince: "1.1" }, ["beta-since"]],
  ])("%s", ([, before, now, found]) => {
    expect(rules([before], [now])).toEqual(found);
  });

  test.for<[string, ExportedMetric, readonly string[]]>([
    ["ALPHA", alpha, []],
    ["BETA", { ...beta, betaSince: "1.1" }, []],
    ["BETA, dated back", beta, ["beta-since"]],
    ["STABLE", stable, ["class-skipped"]],
  ])("a new name as %s", ([, metric, found]) => {
    expect(rules([], [metric])).toEqual(found);
  });

  test.for<[string, ExportedMetric, readonly string[]]>([
    ["ALPHA", alpha, []],
    ["BETA", beta, ["removed"]],
    ["STABLE", stable, ["removed"]],
    ["BETA, deprecated in this release", { ...beta, deprecatedSince: "1.1" }, ["removed"]],
    ["BETA, hidden in this release", { ...beta, deprecatedSince: "1.0" }, ["removed"]],
    ["BETA, hidden in the release before", { ...beta, deprecatedSince: "0.3" }, []],
    ["STABLE, deprecated", { ...stable, deprecatedSince: "0.3" }, ["removed"]],
    ["STABLE, hidden in this release", { ...stable, deprecatedSince: "0.2" }, ["removed"]],
    ["STABLE, hidden in the release before", { ...stable, deprecatedSince: "0.1" }, []],
  ])("a name that goes as %s", ([, metric, found]) => {
    expect(rules([metric], [])).toEqual(found);
  });

  test("a rename is a removal and an addition", () => {
    expect(rules([beta, other], [{ ...beta, name: "cpu-loadCores" }, other])).toEqual([
      "removed",
      "beta-since cpu-loadCores",
    ]);
  });

  test("a name of the other API is another name", () => {
    expect(rules([beta], [{ ...alpha, api: "external" }])).toEqual(["removed"]);
  });

  test.for<[string, Partial<ExportedMetric>, Partial<ExportedMetric>, readonly string[]]>([
    ["begins in this release", {}, { deprecatedSince: "1.1" }, []],
    ["begins in a later release", {}, { deprecatedSince: "1.2" }, []],
    ["lasts", { deprecatedSince: "1.0" }, { deprecatedSince: "1.0" }, []],
    ["is put off", { deprecatedSince: "1.0" }, { deprecatedSince: "1.1" }, []],
    ["is withdrawn", { deprecatedSince: "1.0" }, {}, []],
    ["begins in an earlier release", {}, { deprecatedSince: "1.0" }, ["deprecation-backdated"]],
    ["moves back", { deprecatedSince: "1.0" }, { deprecatedSince: "0.3" }, ["deprecation-backdated"]],
    ["has run out", { deprecatedSince: "0.1" }, { deprecatedSince: "0.1" }, ["overdue"]],
  ])("a deprecation of a STABLE name that %s", ([, before, now, found]) => {
    expect(rules([{ ...stable, ...before }], [{ ...stable, ...now }])).toEqual(found);
  });

  test("an ALPHA name is hidden at once, and deleted in the release after", () => {
    expect(rules([alpha], [{ ...alpha, deprecatedSince: "1.1" }])).toEqual([]);
    expect(rules([alpha], [{ ...alpha, deprecatedSince: "1.0" }])).toEqual(["overdue"]);
  });

  test.for<[string, readonly ExportedMetric[], readonly string[]]>([
    ["is there", [other], []],
    ["is not there", [], ["replacement-missing"]],
    ["is there in the other API only", [{ ...other, api: "external" }], ["replacement-missing"]],
    ["is deprecated itself", [{ ...other, deprecatedSince: "1.1" }], ["replacement-missing"]],
  ])("a replacement that %s", ([, others, found]) => {
    expect(rules([stable, other], [{ ...stable, ...replaced }, ...others])).toEqual(found);
  });

  test("says what is wrong of which name", () => {
    expect(compareExports([stable], [{ ...stable, unit: "Ratio" }], releases)).toEqual([
      { rule: "unit-changed", api: "custom", name: "cpu-usageCores", message: "was Cores, is Ratio" },
    ]);
    expect(compareExports([beta], [], releases)).toEqual([
      {
        rule: "removed",
        api: "custom",
        name: "cpu-usageCores",
        message: "a BETA name is removed in the release after it was hidden, not in 1.1",
      },
    ]);
  });
});
