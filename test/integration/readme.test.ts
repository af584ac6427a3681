import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../sandbox/run-command.ts";

const readme = readFileSync("README.md", "utf8");

/** Takes out what differs from run to run: ports, times, and the last digits of a measured load. */
function normalize(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/gu, "127.0.0.1:PORT")
    .replace(/"timestamp": "[^"]*"/gu, '"timestamp": "TIME"')
    .replace(/"value": "1[45]\d\dm"/gu, '"value": "1500m"');
}

describe("README.md", () => {
  test("shows what `make demo` prints", async () => {
    const [, shown = ""] = /```console\n\$ make demo\n(.*?)```/su.exec(readme) ?? [];
    const { code, stdout } = await runCommand(process.execPath, ["sandbox/demo.ts"], { env: { ONCE: "1" } });
    expect(code).toBe(0);
    expect(normalize(stdout)).toContain(normalize(shown.trimEnd()));
  });

  test("shows the table of `make demo-hpa`", () => {
    const demo = readFileSync("sandbox/demo-hpa.ts", "utf8");
    const [, title = "", header = ""] = /```\n(An HPA[^\n]*)\n\n(time [^\n]*)\n/u.exec(readme) ?? [];
    expect(demo).toContain(title);
    expect(demo).toContain(header);
  });
});
