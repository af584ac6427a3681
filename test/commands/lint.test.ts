import { describe, expect, test } from "vitest";
import { lint } from "../../src/commands/lint.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { lintRules } from "../../src/vm/lint/lint-catalogue.ts";
import { runOn, runWith } from "../support/run-command.ts";

async function run(...argv: readonly string[]) {
  return runWith(lint, ...argv);
}

describe("lint()", () => {
  test("finds nothing wrong with the built-in catalogue", async () => {
    expect(await run()).toEqual({ code: 0, out: `${catalogue.length} metrics, no problem\n`, err: "" });
  });

  test("writes problems of the catalogue as an empty array when there are none", async () => {
    expect(await run("--output=json")).toEqual({ code: 0, out: "[]\n", err: "" });
  });

  test("--help says what is checked", async () => {
    const { out } = await run("--help");
    for (const rule of lintRules) expect(out).toContain(rule);
  });

  test.for([
    [["/nonexistent.yaml"], 'Cannot read "/nonexistent.yaml": ENOENT'],
    [["a", "b"], "Cannot check more than one file"],
    [["--config=a"], 'Cannot read "--config": unknown flag'],
  ] as const)("%j is refused with exit code 2: %s", async ([argv, problem]) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
  });

  test.for([
    ["cache: {}\n", 0, "stdin: no problem\n"],
    ["vm: {}\n", 1, "stdin:1:1: vm: Unknown field"],
    ["vms:\n  metrics:\n    optIn: [cpu]\n", 0, "stdin:3:13: warning: vms.metrics.optIn[0]: Has no effect"],
  ] as const)("finds in a file what check finds: %j", async ([text, code, line]) => {
    const found = await runOn(text, lint, "-");
    expect([found.code, found.err]).toEqual([code, ""]);
    expect(found.out).toContain(line);
  });

  test("--output=json gives an array of what is found in a file", async () => {
    const { code, out } = await runOn("vms:\n  windw: 1m\n", lint, "-", "--output=json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ level: "error", path: "vms.windw", line: 2, message: "Unknown field" }]);
  });
});
