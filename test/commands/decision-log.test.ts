import { describe, expect, test } from "vitest";
import { decisionLog } from "../../src/commands/decision-log.ts";
import { createLog } from "../../src/commands/log.ts";
import type { Decision } from "../../src/query/decision.ts";

const decision: Decision = {
  at: "source",
  namespace: "shop",
  name: "web-0",
  source: "virt-handler",
  figure: { state: "notReported" },
};

function linesAt(verbosity: number): readonly string[] {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), verbosity, now: () => 0 });
  decisionLog(log, verbosity)("4711")(decision);
  return lines;
}

describe("decisionLog()", () => {
  test("writes a line for each decision from -v=6 on", () => {
    expect(linesAt(6)).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"debug","message":"Decided","auditId":"4711","at":"source","namespace":"shop",' +
        '"name":"web-0","source":"virt-handler","figure":"{\\"state\\":\\"notReported\\"}"}\n',
    ]);
  });

  test("writes nothing below", () => {
    expect(linesAt(5)).toEqual([]);
  });
});
