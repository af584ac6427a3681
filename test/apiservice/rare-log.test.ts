import { beforeEach, describe, expect, test } from "vitest";
import { createRareLog, type LogRarely } from "../../src/apiservice/rare-log.ts";

let nowMs: number;
let lines: (readonly unknown[])[];
let logRarely: LogRarely;

beforeEach(() => {
  nowMs = 1;
  lines = [];
  logRarely = createRareLog(
    (...line) => lines.push(line),
    () => nowMs,
  );
});

describe("createRareLog()", () => {
  test("writes the first line of a cause at once, then one a minute that counts the others", () => {
    for (const atMs of [1, 2, 30_000, 60_000, 60_001, 60_002, 120_001, 180_001]) {
      nowMs = atMs;
      logRarely("token", "warning", "Cannot", { atMs });
    }
    expect(lines).toEqual([
      ["warning", "Cannot", { atMs: 1 }],
      ["warning", "Cannot", { atMs: 60_001, repeated: 3 }],
      ["warning", "Cannot", { atMs: 120_001, repeated: 1 }],
      ["warning", "Cannot", { atMs: 180_001 }],
    ]);
  });

  test("counts causes and messages apart", () => {
    logRarely("token", "warning", "Cannot");
    logRarely("certificate", "warning", "Cannot");
    logRarely("token", "error", "Must not");
    logRarely("token", "warning", "Cannot");
    expect(lines.map(([, message]) => message)).toEqual(["Cannot", "Cannot", "Must not"]);
  });

  test("cuts long texts, which others may have chosen", () => {
    logRarely("token", "warning", "Cannot", { name: "zoë", detail: "x".repeat(100_000), count: 7 });
    expect(lines).toEqual([["warning", "Cannot", { name: "zoë", detail: "x".repeat(2_000), count: 7 }]]);
  });
});
