import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serve } from "../../src/commands/serve.ts";

/** Runs the command in a process that has nothing but these arguments. */
async function run(...argv: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await serve({
    argv,
    env: { HOME: "/nonexistent" },
    input: () => "",
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    onSignal: () => undefined,
    exit: () => undefined,
  });
  return { code, ...written };
}

describe("serve()", () => {
  test("--help names the flags", async () => {
    const { code, out, err } = await run("--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Usage: vm-metrics-adapter \[serve\] \[flags\]\n/u);
    expect(out).toContain("--prometheus-url (default https://localhost)");
    expect(out).toContain("--tls-secret\n");
    expect(out).not.toContain("--tls-secret-times"); // for tests
  });

  test("every wrong flag and file is named, with exit code 2", async () => {
    const { code, err } = await run("--prometheus-verb=PUT", "--config=/nonexistent/c.yaml", "--tls-min-version=1.1");
    expect(code).toBe(2);
    expect(err.split("\n")).toEqual([
      `Cannot read --config "/nonexistent/c.yaml": ENOENT: no such file or directory, open '/nonexistent/c.yaml'`,
      'Cannot use --prometheus-verb "PUT": expected GET or POST',
      'Cannot use --tls-min-version "1.1": expected VersionTLS12 or VersionTLS13',
      "Run with --help for the flags.",
      "",
    ]);
  });

  test.for([
    ["--client-ca-file=/nonexistent/ca.crt", /^Cannot read --client-ca-file "\/nonexistent\/ca\.crt": ENOENT/u],
    ["--requestheader-client-ca-file=package.json", /"package\.json": it holds no certificate\n/u],
    ["--tls-secret=a/b", /^Cannot use --tls-secret and --tls-service: each needs the other\n/u],
    ["--tls-private-key-file=a.key", /^Cannot use --tls-cert-file and --tls-private-key-file: each needs the other\n/u],
  ] as const)("%s is refused with exit code 2", async ([flag, message]) => {
    const { code, err } = await run(flag);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test("without a Kubernetes API to find it says where it looked, with exit code 1", async () => {
    const { code, err } = await run();
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ level: "error", message: /Cannot find the Kubernetes API/u });
  });

  test("warns of settings that have no effect", async () => {
    const folder = mkdtempSync(join(tmpdir(), "serve-"));
    const file = join(folder, "config.yaml");
    writeFileSync(file, "vms:\n  metrics:\n    optIn: [cpu]\n");
    const { err } = await run(`--config=${file}`);
    rmSync(folder, { recursive: true });
    expect(JSON.parse(err.split("\n")[0] ?? "")).toMatchObject({
      level: "warning",
      message: "A setting of the configuration file has no effect",
      detail: `${file}:3: vms.metrics.optIn[0]: Has no effect: discovery has all of it anyway`,
    });
  });
});
