import { expect, test } from "vitest";
import { idleSettings } from "../../src/commands/idle-settings.ts";
import { parseConfig } from "../../src/config/file.ts";
import { metricOf } from "../support/metrics.ts";

const catalogue = [
  metricOf("cpu-usageCores", { unit: "Cores" }),
  metricOf("cpu-waitCores", { unit: "Cores", unfed: "it needs something" }),
  metricOf("migration-dataBytes", { unit: "Bytes", ephemeral: true }),
  metricOf("migration-failedCount", { unit: "Count" }),
];

/** What has no effect, as `path: reason`. */
function idle(vms: object): readonly string[] {
  const config = parseConfig(JSON.stringify({ vms }), () => undefined);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return idleSettings(config.value.vms, catalogue).map(
    ({ path, message }) => `${path.join(".")}: ${message.replace("Has no effect: ", "")}`,
  );
}

test.for<[object, readonly string[]]>([
  [{}, []],
  [{ metrics: { allow: ["cpu"], deny: ["cpu-wait"] } }, []],
  [
    { metrics: { allow: ["migration", "cpu"], deny: ["cpu"] } },
    ["vms.metrics.allow.1: vms.metrics.deny has all of it"],
  ],
  [
    { metrics: { allow: ["cpu-usage"], deny: ["cpu-usageCores"] } },
    ["vms.metrics.allow.0: vms.metrics.deny has all of it"],
  ],
  [{ metrics: { allow: ["cpu"], deny: ["migration"] } }, ["vms.metrics.deny.0: vms.metrics.allow does not have it"]],
  [{ metrics: { optIn: ["cpu", "cpu-wait"] } }, []],
  [{ metrics: { optIn: ["cpu-usage"] } }, ["vms.metrics.optIn.0: discovery has all of it anyway"]],
  [{ metrics: { deny: ["cpu"], optIn: ["cpu-wait"] } }, ["vms.metrics.optIn.0: vms.metrics.allow or deny excludes it"]],
  [{ ephemeral: { metrics: { migration: { mode: "keepLast" } } } }, []],
  [
    { ephemeral: { metrics: { "migration-failed": { mode: "keepLast" } } } },
    ["vms.ephemeral.metrics.migration-failed: it is there whether the virtual machine migrates or not"],
  ],
  [
    { metrics: { deny: ["migration"] }, ephemeral: { metrics: { migration: { mode: "always" } } } },
    ["vms.ephemeral.metrics.migration: vms.metrics.allow or deny excludes it"],
  ],
  [{ ephemeral: { mode: "always", special: -1 } }, []],
  [
    { ephemeral: { special: -1, metrics: { migration: { mode: "keepLast", special: 2 } } } },
    [
      "vms.ephemeral.metrics.migration.special: only mode always has a special value",
      "vms.ephemeral.special: only mode always has a special value",
    ],
  ],
])("idleSettings() of %j: %j", ([vms, expected]) => {
  expect(idle(vms)).toEqual(expected);
});
