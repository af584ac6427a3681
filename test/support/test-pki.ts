import { X509Certificate } from "node:crypto";
import {
  certifyAuthority,
  createCertificateAuthority,
  issueCertificate,
  type KeyPair,
  type LeafSubject,
} from "../../src/apiservice/certificates.ts";

/** When the certificates of tests are valid: always, for as long as a test runs. */
export const validity = { nowMs: Date.now(), days: 2 };

/** A new authority. */
export function authority(commonName: string): Promise<KeyPair> {
  return createCertificateAuthority(commonName, validity);
}

/** A new authority below another one. */
export async function intermediate(parent: KeyPair, commonName: string): Promise<KeyPair> {
  return certifyAuthority(parent, await authority(commonName), validity);
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
export function client(issuer: KeyPair, commonName: string, more: Partial<LeafSubject> = {}): Promise<KeyPair> {
  return issueCertificate(issuer, { commonName, usages: ["clientAuth"], ...more }, validity);
}
