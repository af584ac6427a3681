import { expect, test } from "vitest";
import { ephemeralModes } from "../../src/commands/ephemeral-modes.ts";
import { metricOf } from "../support/metrics.ts";

const modeOf = ephemeralModes({
  mode: "always",
  special: -1,
  metrics: {
    "migration-data": { mode: "live", special: 0 },
    "migration-dataTotal": { mode: "keepLast", special: 0 },
    "migration-memory": { mode: "always", special: 7 },
  },
});

test.for([
  ["migration-dirtyBytes", { mode: "always", special: -1 }],
  ["migration-dataRemainingBytes", { mode: "live" }],
  ["migration-dataTotalBytes", { mode: "keepLast" }],
  ["migration-memoryTotalBytes", { mode: "always", special: 7 }],
] as const)("ephemeralModes() %s: %j", ([name, mode]) => {
  expect(modeOf(metricOf(name, { unit: "Bytes" }))).toEqual(mode);
});
