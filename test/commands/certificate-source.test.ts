import { describe, expect, test } from "vitest";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { followServingCertificate } from "../../src/commands/certificate-source.ts";

describe("followServingCertificate()", () => {
  test("a look that throws, or a server that refuses, is told once and is not the last look", async () => {
    const stop = new AbortController();
    const pairs = ["throws", "throws", "refused", "good"];
    const [log, served]: [string[], string[]] = [[], []];
    async function refresh(): Promise<KeyPair> {
      const certPem = pairs.shift() ?? "";
      if (pairs.length === 0) stop.abort();
      if (certPem === "throws") throw new Error("OpenSSL says no");
      return Promise.resolve({ certPem, keyPem: "" });
    }
    function replaceCertificate({ certPem }: { readonly certPem: string }): void {
      if (certPem === "refused") throw new Error("ee key too small");
      served.push(certPem);
    }
    await followServingCertificate({
      certificate: { keyPair: { certPem: "", keyPem: "" }, refresh },
      server: { replaceCertificate },
      clock: { sleep: async () => Promise.resolve() },
      log: (level, message, fields) => log.push(`${level} ${message}: ${String(fields?.["detail"])}`),
      signal: stop.signal,
    });
    expect(served).toEqual(["good"]);
    expect(log).toEqual([
      "error The old serving certificate stays: OpenSSL says no",
      "error The old serving certificate stays: ee key too small",
    ]);
  });
});
