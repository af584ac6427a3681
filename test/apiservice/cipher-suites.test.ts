import { getCiphers } from "node:tls";
import { describe, expect, test } from "vitest";
import { parseCipherSuites } from "../../src/apiservice/cipher-suites.ts";

const tls13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

describe("parseCipherSuites()", () => {
  test.for([
    [[], undefined],
    [["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], `${tls13}:ECDHE-RSA-AES128-GCM-SHA256`],
    [["TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA"], `${tls13}:AES256-SHA`],
  ] as const)("turns %j into %s", ([names, list]) => {
    expect(parseCipherSuites(names)).toEqual({ ok: true, value: list });
  });

  test("names every unknown suite", () => {
    expect(parseCipherSuites(["TLS_RSA_WITH_RC4_128_SHA", "AES128-SHA", "constructor"])).toEqual({
      ok: false,
      error:
        'Cannot use cipher suites "TLS_RSA_WITH_RC4_128_SHA", "AES128-SHA", "constructor": not known; use IANA names such as "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"',
    });
  });

  test("knows only what OpenSSL has", () => {
    const parsed = parseCipherSuites(["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_RSA_WITH_AES_128_CBC_SHA256"]);
    const list = parsed.ok ? (parsed.value ?? "").toLowerCase().split(":") : [];
    expect(list.filter((name) => !getCiphers().includes(name))).toEqual([]);
  });
});
