import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
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
  /** Its notBefore, in milliseconds since the Unix epoch. */
  readonly startsMs: number;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly madeMs: number;
}

/** A serving certificate. */
export interface Leaf extends KeyPair {
  /** Its notBefore and notAfter, in milliseconds since the Unix epoch. */
  readonly startsMs: number;
  readonly endsMs: number;
}

/** Makes and reads certificates: the one thing that the rotation does not decide. Readers fail with what is wrong. */
export interface Credentials {
  readonly makeAuthority: (nowMs: number) => Promise<Authority>;
  /** Ends with its authority at the latest. The authority must have its key. */
  readonly makeLeaf: (authority: Authority, nowMs: number) => Promise<Leaf>;
  /** A key that is not the certificate's, or not RSA, counts as lost. That it has yet to start or has ended is no failure. */
  readonly readAuthority: (certPem: string, keyPem: string) => Result<Authority, string>;
  /**
   * Fails unless a TLS server can use the whole text, it is for the server's name, and `authority` signed it if that is
   * given, directly or by way of the intermediates in the text. That it has yet to start or has ended is no failure.
   */
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
      return ok(authorityOf(certificate, isSigningKeyOf(certificate, keyPem) ? keyPem : undefined));
    },
    readLeaf: (pair, authority) => {
      try {
        const problem = problemOf(pair, host, authority);
        return problem === undefined ? ok(leafOf(pair)) : fail(problem);
      } catch (thrown) {
        return fail(`no server can use it: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    },
    readBundle: (pem) => {
      const authorities = parseBundle(pem).filter(({ ca }) => ca);
      return [...new Map(authorities.map((each) => [each.fingerprint256, trustedOf(each)])).values()];
    },
  };
}

/** Throws where a server would: OpenSSL reads the whole text, and has an opinion on algorithms and lengths of keys. */
function problemOf({ certPem, keyPem }: KeyPair, host: string, authority: Trusted | undefined): string | undefined {
  if (parseBundle(certPem).length === 0) return "it is no certificate";
  const leaf = new X509Certificate(certPem);
  if (!isKeyOf(leaf, keyPem)) return "its key does not belong to it";
  createSecureContext({ cert: certPem, key: keyPem });
  if (leaf.checkHost(host, { subject: "never" }) === undefined) return `it is not for ${JSON.stringify(host)}`;
  if (authority !== undefined && !isUnder(parseBundle(certPem), new X509Certificate(authority.certPem)))
    return "its authority did not sign it";
  return undefined;
}

/** Directly, or by way of the certificates that are sent with it, each signed by the next (RFC 8446, 4.4.2). */
function isUnder([certificate, ...issuers]: readonly X509Certificate[], root: X509Certificate): boolean {
  if (certificate === undefined) return false;
  if (isIssuedBy(certificate, root)) return true;
  const [next] = issuers;
  return next?.ca === true && isIssuedBy(certificate, next) && isUnder(issuers, root);
}

function isIssuedBy(leaf: X509Certificate, issuer: X509Certificate): boolean {
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

/** `makeLeaf` signs with RSA keys only. */
function isSigningKeyOf(certificate: X509Certificate, keyPem: string): boolean {
  return isKeyOf(certificate, keyPem) && certificate.publicKey.asymmetricKeyType === "rsa";
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
  const startsMs = certificate.validFromDate.getTime();
  return { ...trustedOf(certificate), keyPem, startsMs, madeMs: startsMs + headStartMs };
}

function leafOf({ certPem, keyPem }: KeyPair): Leaf {
  const { validFromDate, validToDate } = new X509Certificate(certPem);
  return { certPem, keyPem, startsMs: validFromDate.getTime(), endsMs: validToDate.getTime() };
}
