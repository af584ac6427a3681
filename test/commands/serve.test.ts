import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
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
      'Cannot use --prometheus-verb "PUT": expected GET or POST (unsupported Prometheus HTTP verb "PUT")',
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

  describe("a configuration file", () => {
    const folder = mkdtempSync(join(tmpdir(), "serve-"));
    const file = join(folder, "config.yaml");

    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    /** What the log says of a file before it turns out that there is no Kubernetes API. */
    async function logOf(text: string, ...argv: readonly string[]): Promise<readonly object[]> {
      writeFileSync(file, text);
      const { err } = await run(`--config=${file}`, ...argv);
      const lines = err.trim().split("\n");
      return lines.map((line) => JSON.parse(line) as object);
    }

    test("is warned of where it may not do what was meant", async () => {
      expect(await logOf("vms:\n  metrics:\n    optIn: [cpu]\n")).toContainEqual(
        expect.objectContaining({
          level: "warning",
          message: "Something in the configuration file may not do what was meant",
          detail: `${file}:3:13: vms.metrics.optIn[0]: Has no effect: discovery has all of it anyway`,
        }),
      );
    });

    test("does not keep the adapter from starting when one of its rules cannot be served", async () => {
      const log = await logOf("rules:\n- seriesQuery: up\n  name: {matches: (}\n");
      expect(log).toContainEqual(
        expect.objectContaining({
          level: "error",
          message: "A rule cannot be served",
          detail: expect.stringContaining(`${file}:3:10: rules[0].name.matches: unable to`) as unknown,
        }),
      );
      expect(log.at(-1)).toMatchObject({ message: /Cannot find the Kubernetes API/u });
    });

    test("without rules and virtual machines leaves both APIs out", async () => {
      const log = await logOf("vms: {enabled: false}\n");
      const message = "This API is not served; while it is registered, no namespace can be deleted";
      expect(log.filter((line) => "message" in line && line.message === message)).toHaveLength(2);
    });

    test.for([
      [["--metrics-max-age=1m"], 2],
      [["--metrics-max-age=1m", "--metrics-relist-interval=1m"], 1],
      [["--metrics-relist-interval=1h"], 1],
    ] as const)("with rules and %j ends with exit code %d", async ([argv, code]) => {
      writeFileSync(file, "rules: [{seriesQuery: up}]\n");
      const result = await run(`--config=${file}`, ...argv);
      expect(result.code).toBe(code);
      expect(result.err.includes("max age must not be less than relist interval")).toBe(code === 2);
    });

    test("without rules takes any --metrics-max-age", async () => {
      writeFileSync(file, "externalRules: [{seriesQuery: up}]\n");
      expect((await run(`--config=${file}`, "--metrics-max-age=1m")).code).toBe(1);
    });
  });

  test("says which flags have no effect", async () => {
    const { err } = await run("--profiling=false", "--vmodule=a=1", "--audit-log-path=-");
    expect(JSON.parse(err.split("\n")[0] ?? "")).toMatchObject({
      level: "info",
      message: "These flags have no effect here",
      flags: "audit-log-path profiling vmodule",
    });
  });
});
