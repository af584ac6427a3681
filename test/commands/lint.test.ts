import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lint } from "../../src/commands/lint.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { lintRules } from "../../src/vm/lint/lint-catalogue.ts";
import { runOn, runWith } from "../support/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "lint-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  return file;
}

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

  test("finds nothing wrong with a file that is right", async () => {
    const file = fileOf("vms: { metrics: { deny: [migration] } }\n");
    expect(await run(file)).toEqual({ code: 0, out: `${file}: no problem\n`, err: "" });
  });

  test.for([
    ["vms:\n  windw: 1m\n", ":2: vms.windw: Unknown field"],
    ["vms:\n  window: soon\n", ':2: vms.window: Expected a duration such as "30s": got "soon"'],
    [
      "vms: { metrics: { allow: [cpu-usge] } }\n",
      ':1: vms.metrics.allow[0]: No metric\'s name is or begins with "cpu-usge"; did you mean cpu-usage?',
    ],
    [
      "vms:\n  ephemeral:\n    metrics: { migratoin: { mode: live } }\n",
      ':3: vms.ephemeral.metrics.migratoin: No metric\'s name is or begins with "migratoin"; did you mean migration?',
    ],
    ["vms: [\n", ":2: Flow sequence"],
  ] as const)("%j is told as FILE%s", async ([text, problem]) => {
    const file = fileOf(text);
    const { code, out, err } = await run(file);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toContain(file + problem);
  });

  test("--output=json gives path, line and message", async () => {
    const { code, out } = await run(fileOf("vms:\n  windw: 1m\n"), "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual([{ level: "error", path: "vms.windw", line: 2, message: "Unknown field" }]);
  });

  test("warns of what has no effect, which is no problem", async () => {
    const file = fileOf("vms:\n  metrics:\n    optIn: [cpu]\n");
    const message = "Has no effect: discovery has all of it anyway";
    expect(await run(file)).toEqual({
      code: 0,
      out: `${file}:3: warning: vms.metrics.optIn[0]: ${message}\n`,
      err: "",
    });
    expect(JSON.parse((await run(file, "-o=json")).out)).toEqual([
      { level: "warning", path: "vms.metrics.optIn[0]", line: 3, message },
    ]);
  });

  test("- stands for standard input", async () => {
    expect(await runOn("cache: {}\n", lint, "-")).toEqual({ code: 0, out: "stdin: no problem\n", err: "" });
    expect(await runOn("vm: {}\n", lint, "-")).toEqual({ code: 1, out: "stdin:1: vm: Unknown field\n", err: "" });
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
});
