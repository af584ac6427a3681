import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { certifyAuthority, type KeyPair } from "../../src/apiservice/certificates.ts";
import { verifyChain } from "../../src/apiservice/peer-chain.ts";
import { parseBundle } from "../../src/apiservice/trust-anchors.ts";
import { authority, client, forgeIntermediate, intermediate, validity } from "../support/test-pki.ts";

const dayMs = 86_400_000;
const { nowMs } = validity;
const untilMs = Math.floor((nowMs + 2 * dayMs) / 1_000) * 1_000;

let proxyCa: KeyPair;
let clientCa: KeyPair;
let below: KeyPair;
let user: KeyPair;
let userBelow: KeyPair;

beforeAll(async () => {
  [proxyCa, clientCa] = await Promise.all([authority("proxy-ca"), authority("client-ca")]);
  below = await intermediate(clientCa, "client-ca-2");
  [user, userBelow] = await Promise.all([client(clientCa, "alice"), client(below, "bob")]);
});

function x509(...pairs: readonly KeyPair[]): readonly X509Certificate[] {
  return pairs.map(({ certPem }) => new X509Certificate(certPem));
}

describe("verifyChain()", () => {
  test("accepts a certificate of the anchor, until it expires", () => {
    expect(verifyChain(x509(user), x509(clientCa), nowMs)).toBe(untilMs);
  });

  test("accepts a certificate through an intermediate that was sent, in any order", () => {
    expect(verifyChain(x509(userBelow, below), x509(clientCa), nowMs)).toBe(untilMs);
    expect(verifyChain(x509(userBelow, proxyCa, below), x509(proxyCa, clientCa), nowMs)).toBe(untilMs);
    expect(verifyChain(x509(userBelow), x509(clientCa), nowMs)).toBeUndefined();
  });

  test("refuses another anchor, also one of the same name", async () => {
    expect(verifyChain(x509(user), x509(proxyCa), nowMs)).toBeUndefined();
    expect(verifyChain(x509(user), x509(await authority("client-ca")), nowMs)).toBeUndefined();
  });

  test("refuses a fake intermediate that only says that the other anchor signed it", () => {
    const fake = new X509Certificate(forgeIntermediate(proxyCa, clientCa));
    const real = new X509Certificate(certifyAuthority(proxyCa, clientCa, validity).certPem);
    const [leaf, anchor] = x509(user, proxyCa);
    if (leaf === undefined || anchor === undefined) throw new Error("unreachable");
    expect(leaf.checkIssued(fake) && leaf.verify(fake.publicKey) && fake.checkIssued(anchor)).toBe(true);
    expect(verifyChain([leaf, fake], [anchor], nowMs)).toBeUndefined();
    expect(verifyChain([leaf, real], [anchor], nowMs)).toBe(untilMs);
  });

  test("refuses an intermediate that is no authority", async () => {
    const leaf = await client(user, "mallory");
    expect(verifyChain(x509(leaf, user), x509(clientCa), nowMs)).toBeUndefined();
  });

  test.for([
    [-dayMs, false],
    [0, true],
    [2 * dayMs + 1, false],
  ] as const)("looks at the dates: %d ms from now is %s", ([offsetMs, good]) => {
    expect(verifyChain(x509(user), x509(clientCa), nowMs + offsetMs) !== undefined).toBe(good);
  });

  test("refuses a certificate for servers", async () => {
    const server = await client(clientCa, "server", { usages: ["serverAuth"] });
    expect(verifyChain(x509(server), x509(clientCa), nowMs)).toBeUndefined();
    const both = await client(clientCa, "both", { usages: ["serverAuth", "clientAuth"] });
    expect(verifyChain(x509(both), x509(clientCa), nowMs)).toBe(untilMs);
  });

  test("refuses nothing at all", () => {
    expect(verifyChain([], x509(clientCa), nowMs)).toBeUndefined();
  });
});

describe("parseBundle()", () => {
  test("reads every certificate and leaves out what is none", () => {
    const bundle = `# comment\n${clientCa.certPem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${proxyCa.certPem}`;
    expect(parseBundle(bundle).map(({ subject }) => subject)).toEqual(["CN=client-ca", "CN=proxy-ca"]);
  });
});
