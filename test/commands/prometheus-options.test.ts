import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { prometheusOptions } from "../../src/commands/prometheus-options.ts";
import { parseFlags } from "../../src/config/flags.ts";

const folder = mkdtempSync(join(tmpdir(), "prometheus-options-"));
const [ca, token] = [join(folder, "ca.crt"), join(folder, "token")];
writeFileSync(ca, "PEM");
writeFileSync(token, "first\n");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

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

  test.for([
    ["prometheus:9090", /expected an address/u],
    ["ftp://prometheus", /expected an address/u],
    ["http://user:s3cret@prometheus", /^Cannot use --prometheus-url: it holds credentials/u],
  ] as const)("refuses --prometheus-url=%s", async ([url, message]) => {
    const options = await optionsFor(`--prometheus-url=${url}`);
    expect(options).toMatchObject({ ok: false, error: [expect.stringMatching(message)] });
    expect(JSON.stringify(options)).not.toContain("s3cret");
  });

  test("lists every problem", async () => {
    const options = await optionsFor(
      "--prometheus-url=nowhere",
      "--prometheus-header=X-Scope-OrgID",
      "--prometheus-ca-file=/nonexistent/ca.crt",
    );
    expect(options.ok ? [] : options.error).toEqual([
      'Cannot use --prometheus-url "nowhere": expected an address such as "https://prometheus:9090"',
      'Cannot use --prometheus-header "X-Scope-OrgID": expected name=value',
      expect.stringMatching(/^Cannot read "\/nonexistent\/ca\.crt": ENOENT/u),
    ]);
  });
});
