import { describe, expect, test } from "vitest";
import { servedCatalogue } from "../../src/vm/served-catalogue.ts";
import { metrics } from "../support/metrics.ts";

const exposure = { showHidden: false, release: "0.1", releaseLine: ["0.1"] };

describe("servedCatalogue()", () => {
  test.for<[string, { allow?: string[]; deny?: string[]; optIn?: string[] }, readonly string[]]>([
    ["of one group", { allow: ["guest"] }, ["guest-memoryUsedBytes", "guest-stateCode"]],
    ["of one name", { allow: ["cpu-usageCores"] }, ["cpu-usageCores"]],
    [
      "of what names begin with, without one of them",
      { allow: ["cpu-"], deny: ["cpu-usageRatio"] },
      ["cpu-usageCores", "cpu-timeSecondsTotal"],
    ],
    ["of what is denied, too", { allow: ["guest"], deny: ["guest"] }, []],
    ["without what is not fed", { allow: ["migration"] }, ["migration-memoryProcessedBytes"]],
    [
      "with what is opted in",
      { allow: ["migration"], optIn: ["migration-downtime"] },
      ["migration-memoryProcessedBytes", "migration-downtimeSeconds"],
    ],
  ])("lists metrics %s: %j", ([, lists, names]) => {
    const served = servedCatalogue(metrics, { allow: [], deny: [], optIn: [], ...lists }, exposure);
    expect(served.filter(({ listed }) => listed).map(({ metric }) => metric.name)).toEqual(names);
  });

  test("serves what is not fed, though it does not list it, and nothing that is denied", () => {
    const lists = { allow: ["migration"], deny: ["migration-memory"], optIn: [] };
    expect(servedCatalogue(metrics, lists, exposure).map(({ metric, listed }) => [metric.name, listed])).toEqual([
      ["migration-downtimeSeconds", false],
    ]);
  });
});
