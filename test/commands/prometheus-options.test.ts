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

async function optionsFor(...argv: readonly string[]) {
  const commandLine = parseFlags(argv);
  if (!commandLine.ok) throw new Error(commandLine.error.join());
  return prometheusOptions(commandLine.value.flags);
}

describe("prometheusOptions()", () => {
  test("reads address, method, headers and trust", async () => {
    const options = await optionsFor(
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
    const options = await optionsFor(`--prometheus-token-file=${token}`);
    const read = options.ok ? options.value.authorization : undefined;
    expect(await read?.()).toBe("Bearer first");
    writeFileSync(token, "second\n");
    expect(await read?.()).toBe("Bearer second");
  });

  test("takes the credentials of a kubeconfig, but not its server", async () => {
    const kubeconfig = join(folder, "kubeconfig");
    const cluster = {
      server: "https://kubernetes",
      "certificate-authority-data": Buffer.from("CA").toString("base64"),
    };
    const document = {
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t1" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(kubeconfig, JSON.stringify(document));
    const options = await optionsFor("--prometheus-url=http://p:9090", `--prometheus-auth-config=${kubeconfig}`);
    expect(options).toMatchObject({ ok: true, value: { url: "http://p:9090", tls: { ca: "CA" } } });
    expect(options.ok && (await options.value.authorization())).toBe("Bearer t1");
  });

  test("says nothing of itself without credentials", async () => {
    const options = await optionsFor();
    expect(options.ok && (await options.value.authorization())).toBeUndefined();
  });

  test("lists every problem", async () => {
    const options = await optionsFor(
      "--prometheus-url=nowhere",
      "--prometheus-header=X-Scope-OrgID",
      "--prometheus-ca-file=/nonexistent/ca.crt",
    );
    expect(options.ok ? [] : options.error).toEqual([
      'Cannot use --prometheus-url "nowhere": not an address',
      'Cannot use --prometheus-header "X-Scope-OrgID": expected name=value',
      expect.stringMatching(/^Cannot read "\/nonexistent\/ca\.crt": ENOENT/u),
    ]);
  });
});
