import { describe, expect, test } from "vitest";
import { run } from "../../src/commands/run.ts";
import { runWith } from "../support/run-command.ts";

describe("run()", () => {
  test.for([
    [["--help"], /^Usage: vm-metrics-adapter \[serve\]/u],
    [["serve", "--help"], /^Usage: vm-metrics-adapter \[serve\]/u],
    [["/adapter", "--help"], /^Usage: vm-metrics-adapter \[serve\]/u],
    [["catalogue", "--help"], /^Usage: vm-metrics-adapter catalogue/u],
    [["check", "--help"], /^Usage: vm-metrics-adapter check FILE/u],
    [["lint", "--help"], /^Usage: vm-metrics-adapter lint/u],
  ] as const)("%j runs the command that it names", async ([argv, usage]) => {
    const { code, out, err } = await runWith(run, ...argv);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(usage);
  });

  test("refuses a command that there is not", async () => {
    expect(await runWith(run, "catalog")).toEqual({
      code: 2,
      out: "",
      err: 'Cannot run "catalog": unknown command; expected serve, check, diff, catalogue or lint, or flags alone to serve\n',
    });
  });

  test("--help lists the commands", async () => {
    const { out } = await runWith(run, "--help");
    expect(out).toContain("vm-metrics-adapter catalogue [flags]");
    expect(out).toContain("vm-metrics-adapter check FILE");
    expect(out).toContain("vm-metrics-adapter diff FILE");
    expect(out).toContain("vm-metrics-adapter lint ");
  });
});
