import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { certifyAuthority, createCertificateAuthority, issueCertificate } from "../../src/apiservice/certificates.ts";

const nowMs = Date.parse("2026-01-02T03:04:05Z");
const validity = { nowMs, days: 30 };

describe("issueCertificate()", () => {
  test("is signed by an authority, for its hosts and usages, from an hour ago", async () => {
    const authority = await createCertificateAuthority("ca ü@1", validity);
    const subject = { commonName: "zoë@example.com", organizations: ["a_b", "c*d"], hosts: ["a.svc", "127.0.0.1"] };
    const { certPem } = await issueCertificate(authority, { ...subject, usages: ["serverAuth"] }, validity);
    const [leaf, root] = [new X509Certificate(certPem), new X509Certificate(authority.certPem)];
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
    expect([root.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.toLegacyObject().subject).toMatchObject({ CN: "zoë@example.com", O: ["a_b", "c*d"] });
    expect(leaf.issuer).toBe("CN=ca ü@1");
    expect(leaf.subjectAltName).toBe("DNS:a.svc, IP Address:127.0.0.1");
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.validFromDate.getTime()).toBe(nowMs - 3_600_000);
    expect(leaf.validToDate.getTime()).toBe(nowMs + 30 * 86_400_000);
  });

  test("writes names as UTF8String, because Go refuses an @ in a PrintableString", async () => {
    const { certPem } = await createCertificateAuthority("a@b", validity);
    const utf8String = Buffer.concat([Buffer.from([12, 3]), Buffer.from("a@b")]);
    expect(new X509Certificate(certPem).raw.includes(utf8String)).toBe(true);
  });
});

describe("certifyAuthority()", () => {
  test("puts an authority below another one, with its name and key", async () => {
    const [root, below] = await Promise.all(
      ["root", "bélow"].map((name) => createCertificateAuthority(name, validity)),
    );
    if (root === undefined || below === undefined) throw new Error("unreachable");
    const intermediate = new X509Certificate(certifyAuthority(root, below, validity).certPem);
    const own = new X509Certificate(below.certPem);
    expect(intermediate.subject).toBe("CN=bélow");
    expect(intermediate.publicKey.equals(own.publicKey)).toBe(true);
    expect(intermediate.verify(new X509Certificate(root.certPem).publicKey)).toBe(true);
  });
});
