import { describe, expect, test } from "vitest";
import { lint } from "../../src/commands/lint.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { lintRules } from "../../src/vm/lint/lint-catalogue.ts";
import { runWith } from "../support/run-command.ts";

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
    [["config.yaml"], "Cannot lint a file; `vm-metrics-adapter check FILE` does"],
    [["--config=a"], 'Cannot read "--config": unknown flag'],
  ] as const)("%j is refused with exit code 2: %s", async ([argv, problem]) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
  });
});
