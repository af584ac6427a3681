import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lint } from "../../src/commands/lint.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { lintRules } from "../../src/vm/lint/lint-catalogue.ts";
import { runWith } from "../support/run-command.ts";

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
      ': vms.metrics.allow: No metric\'s name is or begins with "cpu-usge"',
    ],
    [
      "vms: { ephemeral: { metrics: { migratoin: { mode: live } } } }\n",
      ': vms.ephemeral.metrics: No metric\'s name is or begins with "migratoin"',
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
    expect(JSON.parse(out)).toEqual([{ path: "vms.windw", line: 2, message: "Unknown field" }]);
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
