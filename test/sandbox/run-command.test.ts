import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../sandbox/run-command.ts";

describe("runCommand()", () => {
  test("answers what the command wrote and its code", async () => {
    const result = await runCommand("sh", ["-c", 'cat; echo "$0" "$V" >&2; exit 3', "a b"], {
      input: "in",
      env: { V: "v" },
    });
    expect(result).toEqual({ code: 3, stdout: "in", stderr: "a b v\n" });
  });

  test.for([
    ["cannot be found", "/no/such/command", [], 127],
    ["is ended by a signal", "sh", ["-c", "kill $$"], 128],
    ["does not read its input", "true", [], 0],
  ] as const)("answers a code when the command %s", async ([, command, args, code]) => {
    const input = "x".repeat(1_000_000);
    expect((await runCommand(command, args, { input })).code).toBe(code);
  });

  test("works in a folder", async () => {
    expect((await runCommand("pwd", ["-P"], { cwd: tmpdir() })).stdout).toContain("tmp");
  });

  test("ends the command and rejects when it is told to", async () => {
    const running = runCommand("sleep", ["60"], { signal: AbortSignal.timeout(20) });
    await expect(running).rejects.toThrow("timeout");
  });
});
