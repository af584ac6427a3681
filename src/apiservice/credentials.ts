import { createPrivateKey, X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "../result.ts";
import { createCertificateAuthority, issueCertificate, type KeyPair } from "./certificates.ts";
import { parseBundle } from "./trust-anchors.ts";

/** A certificate of an authority, as a bundle holds it. */
export interface Trusted {
  /** The SHA-256 fingerprint. */
  readonly id: string;
  /** One certificate. */
  readonly certPem: string;
  /** Its notAfter, in milliseconds since the Unix epoch. */
  readonly endsMs: number;
}

/** An authority that signs serving certificates. */
export interface Authority extends Trusted {
  /** Undefined when the key is lost: what it signed stays good, and it signs nothing more. */
  readonly keyPem: string | undefined;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly madeMs: number;
}

/** A serving certificate. */
export interface Leaf extends KeyPair {
  readonly endsMs: number;
}

/** Makes and reads certificates: the one thing that the rotation does not decide. Readers fail with what is wrong. */
export interface Credentials {
  readonly makeAuthority: (nowMs: number) => Promise<Authority>;
  /** Ends with its authority at the latest. The authority must have its key. */
  readonly makeLeaf: (authority: Authority, nowMs: number) => Promise<Leaf>;
  /** A key that is not the certificate's counts as lost. */
  readonly readAuthority: (certPem: string, keyPem: string) => Result<Authority, string>;
  /** Fails unless it is for the server's name, and `authority` signed it if that is given. That it has ended is no failure. */
  readonly readLeaf: (pair: KeyPair, authority?: Trusted) => Result<Leaf, string>;
  /** Each authority of a PEM bundle once; what is none is left out. */
  readonly readBundle: (pem: string) => readonly Trusted[];
}

/** How long what is made here is valid, in milliseconds. */
export interface Lifetimes {
  readonly authorityMs: number;
  readonly leafMs: number;
}

const dayMs = 86_400_000;

/** Certificates are valid from an hour before they are made (`Validity`). */
const headStartMs = 3_600_000;

/** Makes the credentials of a server that is known as `host`, such as `{service}.{namespace}.svc`. */
export function createCredentials(host: string, { authorityMs, leafMs }: Lifetimes): Credentials {
  return {
    makeAuthority: async (nowMs) => {
      const name = `vm-metrics-adapter-ca-${Math.floor(nowMs / 1_000)}`;
      const { certPem, keyPem } = await createCertificateAuthority(name, { nowMs, days: authorityMs / dayMs });
      return authorityOf(new X509Certificate(certPem), keyPem);
    },
    makeLeaf: async ({ certPem, keyPem, endsMs }, nowMs) => {
      if (keyPem === undefined) throw new Error("Cannot sign a certificate: the authority has no key");
      const subject = { commonName: "vm-metrics-adapter", hosts: [host], usages: ["serverAuth"] } as const;
      const days = Math.min(leafMs, endsMs - nowMs) / dayMs;
      return leafOf(await issueCertificate({ certPem, keyPem }, subject, { nowMs, days }));
    },
    readAuthority: (certPem, keyPem) => {
      const [certificate] = parseBundle(certPem);
      if (certificate?.ca !== true) return fail("it is no certificate of an authority");
      return ok(authorityOf(certificate, isKeyOf(certificate, keyPem) ? keyPem : undefined));
    },
    readLeaf: (pair, authority) => {
      const problem = problemOf(pair, host, authority);
      return problem === undefined ? ok(leafOf(pair)) : fail(problem);
    },
    readBundle: (pem) => {
      const authorities = parseBundle(pem).filter(({ ca }) => ca);
      return [...new Map(authorities.map((each) => [each.fingerprint256, trustedOf(each)])).values()];
    },
  };
}

function problemOf({ certPem, keyPem }: KeyPair, host: string, authority: Trusted | undefined): string | undefined {
  const [leaf] = parseBundle(certPem);
  if (leaf === undefined) return "it is no certificate";
  if (!isKeyOf(leaf, keyPem)) return "its key does not belong to it";
  if (leaf.checkHost(host, { subject: "never" }) === undefined) return `it is not for ${JSON.stringify(host)}`;
  if (authority !== undefined && !isIssuedBy(leaf, new X509Certificate(authority.certPem)))
    return "its authority did not sign it";
  return undefined;
}

function isIssuedBy(leaf: X509Certificate, issuer: X509Certificate): boolean {
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

function isKeyOf(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

function trustedOf(certificate: X509Certificate): Trusted {
  const { fingerprint256, validToDate } = certificate;
  return { id: fingerprint256, certPem: certificate.toString(), endsMs: validToDate.getTime() };
}

function authorityOf(certificate: X509Certificate, keyPem: string | undefined): Authority {
  return { ...trustedOf(certificate), keyPem, madeMs: certificate.validFromDate.getTime() + headStartMs };
}

function leafOf({ certPem, keyPem }: KeyPair): Leaf {
  return { certPem, keyPem, endsMs: new X509Certificate(certPem).validToDate.getTime() };
}
