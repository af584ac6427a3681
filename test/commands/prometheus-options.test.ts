import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prometheusOptions } from "../../src/commands/prometheus-options.ts";
import { parseFlags } from "../../src/config/flags.ts";

const folder = mkdtempSync(join(tmpdir(), "prometheus-options-"));
const [ca, token] = [join(folder, "ca.crt"), join(folder, "token")];
writeFileSync(ca, "PEM");
writeFileSync(token, "first\n");

function optionsFor(...argv: readonly string[]) {
  const commandLine = parseFlags(argv);
  if (!commandLine.ok) throw new Error(commandLine.error.join());
  return prometheusOptions(commandLine.value.flags);
}

describe("prometheusOptions()", () => {
  test("reads address, method, headers and trust", () => {
    const options = optionsFor(
      "--prometheus-url=https://p:9090/base",
      "--prometheus-verb=POST",
      "--prometheus-header=X-Scope-OrgID=a=b",
      `--prometheus-ca-file=${ca}`,
    );
    expect(options).toMatchObject({
      ok: true,
      value: { url: "https://p:9090/base", method: "POST", headers: { "X-Scope-OrgID": "a=b" }, tls: { ca: "PEM" } },
    });
  });

  test("reads the token anew for each question, because tokens rotate", async () => {
    const options = optionsFor(`--prometheus-token-file=${token}`);
    const read = options.ok ? options.value.token : undefined;
    expect(await read?.()).toBe("first");
    writeFileSync(token, "second\n");
    expect(await read?.()).toBe("second");
  });

  test("lists every problem", () => {
    const options = optionsFor(
      "--prometheus-url=nowhere",
      "--prometheus-header=X-Scope-OrgID",
      "--prometheus-auth-config=/x",
      "--prometheus-ca-file=/nonexistent/ca.crt",
    );
    expect(options.ok ? [] : options.error).toEqual([
      'Cannot use --prometheus-url "nowhere": not an address',
      expect.stringMatching(/^Cannot use --prometheus-auth-config: .*use --prometheus-token-file/u),
      'Cannot use --prometheus-header "X-Scope-OrgID": expected name=value',
      expect.stringMatching(/^Cannot read "\/nonexistent\/ca\.crt": ENOENT/u),
    ]);
  });
});
