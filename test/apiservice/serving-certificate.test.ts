import { X509Certificate } from "node:crypto";
import { mkdtemp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCertificateAuthority, type KeyPair } from "../../src/apiservice/certificates.ts";
import { loadServingCertificate, type ServingCertificateOptions } from "../../src/apiservice/serving-certificate.ts";
import { validity } from "../support/test-pki.ts";

let directory: string;
let log: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "serving-certificate-"));
  log = [];
});
afterEach(() => rm(directory, { recursive: true }));

function options(more: Partial<ServingCertificateOptions> = {}): ServingCertificateOptions {
  return {
    certDir: join(directory, "certs"),
    hosts: ["adapter.monitoring.svc"],
    now: () => validity.nowMs,
    log: (_level, message) => log.push(message),
    ...more,
  };
}

async function write(folder: string, { certPem, keyPem }: KeyPair): Promise<{ certFile: string; keyFile: string }> {
  await mkdir(folder, { recursive: true });
  const files = { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key") };
  await Promise.all([writeFile(files.certFile, certPem), writeFile(files.keyFile, keyPem)]);
  return files;
}

describe("loadServingCertificate()", () => {
  test("makes a certificate for its hosts, with its authority, and keeps it", async () => {
    const made = await loadServingCertificate(options());
    if (!made.ok) throw new Error(made.error);
    const leaf = new X509Certificate(made.value.keyPair.certPem);
    expect(leaf.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, DNS:adapter.monitoring.svc");
    expect(made.value.keyPair.certPem.match(/BEGIN CERTIFICATE/gu)).toHaveLength(2);
    expect(await readFile(join(directory, "certs", "apiserver.crt"), "utf8")).toBe(made.value.keyPair.certPem);

    const again = await loadServingCertificate(options());
    expect(again.ok && again.value.keyPair).toEqual(made.value.keyPair);
    const muchLater = await loadServingCertificate(options({ now: () => validity.nowMs + 366 * 86_400_000 }));
    expect(muchLater.ok && muchLater.value.keyPair).not.toEqual(made.value.keyPair);
  });

  test("renews its own certificate in a running server, three months before the end", async () => {
    let days = 0;
    const made = await loadServingCertificate(options({ now: () => validity.nowMs + days * 86_400_000 }));
    if (!made.ok) throw new Error(made.error);
    days = 274;
    expect(await made.value.refresh()).toBeUndefined();
    days = 276;
    const renewed = await made.value.refresh();
    expect(renewed?.certPem).toBe(await readFile(join(directory, "certs", "apiserver.crt"), "utf8"));
    expect(renewed).not.toEqual(made.value.keyPair);
    expect(await made.value.refresh()).toBeUndefined();
  });

  test("keeps a certificate in memory when it cannot be written", async () => {
    await writeFile(join(directory, "certs"), "a file, not a directory");
    const made = await loadServingCertificate(options());
    expect(made.ok && (await made.value.refresh())).toBeUndefined();
    expect(made.ok && made.value.keyPair.certPem).toContain("BEGIN CERTIFICATE");
    expect(log).toEqual(["The serving certificate is kept in memory only"]);
  });

  test("follows a swapped symbolic link, and keeps the old pair while the new one is bad [wire 23]", async () => {
    const [first, second] = await Promise.all(["a", "b"].map((name) => createCertificateAuthority(name, validity)));
    if (first === undefined || second === undefined) throw new Error("unreachable");
    await write(join(directory, "1"), first);
    await write(join(directory, "2"), { certPem: second.certPem, keyPem: first.keyPem });
    await write(join(directory, "3"), second);
    const halfWritten = second.certPem + first.certPem.slice(0, 200);
    await write(join(directory, "4"), { certPem: halfWritten, keyPem: second.keyPem });
    const link = join(directory, "data");
    async function swap(target: string): Promise<void> {
      await symlink(join(directory, target), `${link}.new`);
      await rename(`${link}.new`, link);
    }

    await swap("1");
    const files = { certFile: join(link, "tls.crt"), keyFile: join(link, "tls.key") };
    const loaded = await loadServingCertificate(options({ files }));
    if (!loaded.ok) throw new Error(loaded.error);
    const { refresh } = loaded.value;
    expect(await refresh()).toBeUndefined();
    await swap("2");
    expect([await refresh(), await refresh()]).toEqual([undefined, undefined]);
    expect(log).toEqual(["The old serving certificate stays"]);
    await swap("4");
    expect(await refresh()).toBeUndefined();
    await swap("3");
    expect(await refresh()).toEqual(second);
    expect(await refresh()).toBeUndefined();
  });

  test("fails when the given files cannot be used", async () => {
    const files = { certFile: join(directory, "none.crt"), keyFile: join(directory, "none.key") };
    const loaded = await loadServingCertificate(options({ files }));
    expect(loaded.ok ? "" : loaded.error).toContain(`Cannot read certificate "${files.certFile}" and its key: ENOENT`);
  });
});
