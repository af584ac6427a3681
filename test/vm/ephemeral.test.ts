import { describe, expect, test } from "vitest";
import { type EphemeralMode, ephemeralFigure } from "../../src/vm/ephemeral.ts";
import type { Figure } from "../../src/vm/member.ts";
import type { Migration } from "../../src/vm/objects.ts";
import { vmi } from "../support/inventory.ts";

/** All times are in seconds; it is second 1,000, and the machine was created in second 100. */
const never = undefined;
const runs = { startedAt: 900 };
const ended = { startedAt: 900, endedAt: 950 };

function figureOf(migration: { startedAt: number; endedAt?: number } | undefined, sample: Figure, mode: EphemeralMode) {
  const state: Migration | undefined = migration && {
    sourceNode: "n1",
    targetNode: "n2",
    targetPod: "p",
    startedAtMs: migration.startedAt * 1_000,
    ...(migration.endedAt === undefined ? {} : { endedAtMs: migration.endedAt * 1_000 }),
  };
  const vm = vmi("vm", { createdAtMs: 100_000, ...(state === undefined ? {} : { migration: state }) });
  const figure = ephemeralFigure(vm, sample, mode, 1_000_000);
  return figure.state === "reporting" ? [figure.value, figure.timestampMs / 1_000] : figure.state;
}

function sampleAt(seconds: number): Figure {
  return { state: "reporting", value: 7, timestampMs: seconds * 1_000, ageMs: 1_000_000 - seconds * 1_000 };
}

const nothing: Figure = { state: "notReported" };
const unseen: Figure = { state: "unseen" };
const old: Figure = { state: "stale", timestampMs: 500_000, ageMs: 500_000, maxAgeMs: 120_000 };

describe.for<[EphemeralMode, readonly (readonly [string, Parameters<typeof figureOf>[0], Figure, unknown])[]]>([
  [
    { mode: "live" },
    [
      ["a sample of the migration that runs", runs, sampleAt(990), [7, 990]],
      ["a sample of its first second", runs, sampleAt(900), [7, 900]],
      ["a ghost of the second before", runs, sampleAt(899.9), "notReported"],
      ["a ghost of the migration before", runs, sampleAt(890), "notReported"],
      ["nothing yet of the migration that runs", runs, nothing, "notReported"],
      ["a ghost of a migration that is over", ended, sampleAt(949), "idle"],
      ["nothing, and no migration ever", never, nothing, "idle"],
      ["nothing is known of one that migrates", runs, unseen, "unseen"],
      ["one that migrates has stopped reporting", runs, old, "stale"],
    ],
  ],
  [
    { mode: "always", special: -1 },
    [
      ["a sample of the migration that runs", runs, sampleAt(990), [7, 990]],
      ["a ghost of the migration before", runs, sampleAt(890), [-1, 1_000]],
      ["a ghost of a migration that is over", ended, sampleAt(949), [-1, 1_000]],
      ["no migration ever", never, nothing, [-1, 1_000]],
      ["no migration ever of one that hangs", never, old, [-1, 1_000]],
      ["no migration ever of one that nothing reports which has the metric", never, unseen, "idle"],
      ["nothing is known of one that migrates", runs, unseen, "unseen"],
      ["one that migrates has stopped reporting", runs, old, "stale"],
    ],
  ],
  [
    { mode: "keepLast" },
    [
      ["a sample of the migration that runs", runs, sampleAt(990), [7, 990]],
      ["the last sample of the migration before", runs, sampleAt(890), [7, 890]],
      ["the last sample of a migration that is over", ended, sampleAt(949), [7, 949]],
      ["a sample of an earlier machine of this name", ended, sampleAt(99), "idle"],
      ["no migration ever", never, nothing, "idle"],
      ["nothing yet of the migration that runs", runs, nothing, "notReported"],
    ],
  ],
])("ephemeralFigure() in mode %j", ([mode, rows]) => {
  test.for(rows)("%s", ([, migration, sample, expected]) => {
    expect(figureOf(migration, sample, mode)).toEqual(expected);
  });
});
