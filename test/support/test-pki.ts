import { X509Certificate } from "node:crypto";
import {
  certifyAuthority,
  createCertificateAuthority,
  issueCertificate,
  type KeyPair,
  type LeafSubject,
  type Validity,
} from "../../src/apiservice/certificates.ts";

/** When the certificates of tests are valid: always, for as long as a test runs. */
export const validity: Validity = { nowMs: Date.now(), days: 2 };

const tenDaysMs = 864_000_000;
/** Over since a week. */
export const past: Validity = { nowMs: validity.nowMs - tenDaysMs, days: 2 };
/** Begins in a week. */
export const future: Validity = { nowMs: validity.nowMs + tenDaysMs, days: 2 };

/** A new authority. */
export function authority(commonName: string): Promise<KeyPair> {
  return createCertificateAuthority(commonName, validity);
}

/** An authority below another one: a new one, or another certificate of `known`. */
export async function intermediate(
  parent: KeyPair,
  commonName: string,
  at = validity,
  known?: KeyPair,
): Promise<KeyPair> {
  return certifyAuthority(parent, known ?? (await authority(commonName)), at);
}

/**
 * An intermediate that says `issuer` had certified `subordinate`: the right key, names and key identifiers, but no good
 * signature. Anybody can make one from public certificates.
 */
export function forgeIntermediate(issuer: KeyPair, subordinate: KeyPair): string {
  const der = Buffer.from(new X509Certificate(certifyAuthority(issuer, subordinate, validity).certPem).raw);
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  return new X509Certificate(der).toString();
}

/** A new certificate of a client. */
export function client(
  issuer: KeyPair,
  commonName: string,
  more: Partial<LeafSubject> = {},
  at = validity,
): Promise<KeyPair> {
  return issueCertificate(issuer, { commonName, usages: ["clientAuth"], ...more }, at);
}

/** The same certificate, with another one that is sent along. */
export function withIntermediate(leaf: KeyPair, certPem: string): KeyPair {
  return { ...leaf, certPem: leaf.certPem + certPem };
}
