import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { certifyAuthority } from "../../src/apiservice/certificates.ts";
import { type Authority, createCredentials, type Leaf } from "../../src/apiservice/credentials.ts";
import odd from "../vectors/odd-certificates.json" with { type: "json" };

const hourMs = 3_600_000;
const nowMs = Date.parse("2026-01-02T03:04:05.600Z");
const credentials = createCredentials("adapter.monitoring.svc", { authorityMs: 10 * hourMs, leafMs: 2 * hourMs });

const garbledBlock = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

let ca: Authority;
let other: Authority;
let leaf: Leaf;
beforeAll(async () => {
  [ca, other] = await Promise.all([credentials.makeAuthority(nowMs), credentials.makeAuthority(nowMs)]);
  leaf = await credentials.makeLeaf(ca, nowMs);
});

describe("createCredentials()", () => {
  test("makes authorities and certificates that can be read again, in whole seconds", () => {
    expect([ca.madeMs, ca.endsMs]).toEqual([nowMs - 600, nowMs - 600 + 10 * hourMs]);
    expect(leaf.endsMs).toBe(nowMs - 600 + 2 * hourMs);
    expect(credentials.readAuthority(ca.certPem, ca.keyPem ?? "")).toEqual({ ok: true, value: ca });
    expect(credentials.readLeaf(leaf, ca)).toEqual({ ok: true, value: leaf });
  });

  test("names the Service as the aggregation layer asks for it [wire 23]", () => {
    const { subjectAltName, keyUsage } = new X509Certificate(leaf.certPem);
    expect([subjectAltName, keyUsage]).toEqual(["DNS:adapter.monitoring.svc", ["1.3.6.1.5.5.7.3.1"]]);
  });

  test("a certificate ends with its authority", async () => {
    const late = await credentials.makeLeaf(ca, ca.endsMs - hourMs);
    expect(late.endsMs).toBeGreaterThan(ca.endsMs - 1_001);
    expect(late.endsMs).toBeLessThanOrEqual(ca.endsMs);
  });

  test("an authority without its key is one that signs nothing", async () => {
    const keyless = { ...ca, keyPem: undefined };
    expect(credentials.readAuthority(ca.certPem, other.keyPem ?? "")).toEqual({ ok: true, value: keyless });
    expect(credentials.readAuthority(ca.certPem, "")).toEqual({ ok: true, value: keyless });
    await expect(credentials.makeLeaf(keyless, nowMs)).rejects.toThrow("the authority has no key");
  });

  test("what is no certificate of an authority is none", () => {
    const problem = { ok: false, error: "it is no certificate of an authority" };
    expect(credentials.readAuthority(leaf.certPem, leaf.keyPem)).toEqual(problem);
    expect(credentials.readAuthority("garbled", "")).toEqual(problem);
  });

  test("says what is wrong with a certificate", () => {
    const elsewhere = createCredentials("elsewhere.monitoring.svc", { authorityMs: hourMs, leafMs: hourMs });
    expect([
      credentials.readLeaf({ ...leaf, certPem: "garbled" }, ca),
      credentials.readLeaf({ ...leaf, keyPem: "garbled" }, ca),
      credentials.readLeaf({ ...leaf, keyPem: ca.keyPem ?? "" }, ca),
      credentials.readLeaf(leaf, other),
      elsewhere.readLeaf(leaf, ca),
    ]).toEqual(
      [
        "it is no certificate",
        "its key does not belong to it",
        "its key does not belong to it",
        "its authority did not sign it",
        'it is not for "elsewhere.monitoring.svc"',
      ].map((error) => ({ ok: false, error })),
    );
    expect(credentials.readLeaf(leaf).ok).toBe(true);
  });

  test.for([
    ["with a garbled block after it", () => ({ ...leaf, certPem: leaf.certPem + garbledBlock })],
    ["with a garbled block before it", () => ({ ...leaf, certPem: garbledBlock + leaf.certPem })],
    ["whose key is too short", () => odd.shortKey],
  ] as const)("a certificate %s is one that no server can use", ([, pair]) => {
    const read = credentials.readLeaf(pair());
    expect(read).toMatchObject({ ok: false });
    expect(!read.ok && read.error).toMatch(/^no server can use it: ./u);
  });

  test("an authority may have signed by way of an intermediate, which is sent, too", () => {
    const keys = { certPem: ca.certPem, keyPem: ca.keyPem ?? "" };
    const root = { certPem: other.certPem, keyPem: other.keyPem ?? "" };
    const intermediate = certifyAuthority(root, keys, { nowMs, days: 1 });
    const chain = { ...leaf, certPem: leaf.certPem + intermediate.certPem };
    expect(credentials.readLeaf(chain, other).ok).toBe(true);
    expect(credentials.readLeaf({ ...leaf, certPem: leaf.certPem + other.certPem }, other).ok).toBe(false);
  });

  test("a key that is not RSA counts as lost: nothing here signs with it", () => {
    const { certPem, keyPem } = odd.ecAuthority;
    expect(credentials.readAuthority(certPem, keyPem)).toMatchObject({ ok: true, value: { keyPem: undefined } });
  });

  test("reads each authority of a bundle once, and nothing else", () => {
    const bundle = `${ca.certPem}# a remark\n${leaf.certPem}${other.certPem}${ca.certPem}garbled`;
    expect(credentials.readBundle(bundle).map(({ id }) => id)).toEqual([ca.id, other.id]);
    expect(credentials.readBundle("")).toEqual([]);
  });
});
