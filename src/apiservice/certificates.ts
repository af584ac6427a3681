import { createHash, createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import forge from "node-forge";
import { uidAttribute } from "./certificate-subject.ts";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Whom a leaf certificate speaks for and what for. */
export interface LeafSubject {
  readonly commonName: string;
  /** Subject organizations; Kubernetes reads them as groups. */
  readonly organizations?: readonly string[];
  /** UIDs of the subject; Kubernetes refuses several. */
  readonly uids?: readonly string[];
  /** DNS names and IP addresses that the certificate is valid for. */
  readonly hosts?: readonly string[];
  readonly usages: readonly ("serverAuth" | "clientAuth")[];
}

/** When a certificate is valid. It begins an hour before `nowMs`, for clocks that are behind. */
export interface Validity {
  readonly nowMs: number;
  readonly days: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const authorityExtensions = [
  { name: "basicConstraints", critical: true, cA: true },
  { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true, digitalSignature: true },
];

/** Makes a self-signed certificate authority with a new RSA key. */
export async function createCertificateAuthority(commonName: string, validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys();
  const subject = [attribute({ name: "commonName" }, commonName)];
  return sign(keys, {
    subject,
    issuer: { subject, keyPem: keys.keyPem },
    validity,
    extensions: authorityExtensions,
  });
}

/** Makes a certificate with a new RSA key, signed by `authority`. */
export async function issueCertificate(
  authority: KeyPair,
  { commonName, organizations = [], uids = [], hosts = [], usages }: LeafSubject,
  validity: Validity,
): Promise<KeyPair> {
  const subject = [
    ...organizations.map((organization) => attribute({ name: "organizationName" }, organization)),
    attribute({ name: "commonName" }, commonName),
    ...uids.map((uid) => attribute({ type: uidAttribute }, uid)),
  ];
  const issuer = readSubject(authority.certPem);
  return sign(await generateKeys(), {
    subject,
    issuer: { subject: issuer, keyPem: authority.keyPem },
    validity,
    extensions: [
      { name: "basicConstraints", critical: true, cA: false },
      { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", ...Object.fromEntries(usages.map((usage) => [usage, true])) },
      ...(hosts.length === 0 ? [] : [{ name: "subjectAltName", altNames: hosts.map(altName) }]),
    ],
  });
}

/** Certifies the name and key of another authority, which so becomes an intermediate of this one. */
export function certifyAuthority(authority: KeyPair, subordinate: KeyPair, validity: Validity): KeyPair {
  const publicPem = createPublicKey(subordinate.keyPem).export({ type: "spki", format: "pem" }).toString();
  const issuer = readSubject(authority.certPem);
  return sign(
    { publicPem, keyPem: subordinate.keyPem },
    {
      subject: readSubject(subordinate.certPem),
      issuer: { subject: issuer, keyPem: authority.keyPem },
      validity,
      extensions: authorityExtensions,
    },
  );
}

/** forge would take PrintableString, which has no `@`, `*` or `_`; Go refuses certificates that hold them all the same. */
function attribute(
  which: Pick<forge.pki.CertificateField, "name" | "type">,
  value: string,
): forge.pki.CertificateField {
  // Declared as a class, though it is a type (X.680, 8.4).
  return { ...which, value, valueTagClass: forge.asn1.Type.UTF8 as number as forge.asn1.Class };
}

/** forge writes text but reads bytes; every name here is a UTF8String (`attribute`). */
function readSubject(certPem: string): forge.pki.CertificateField[] {
  const { attributes } = forge.pki.certificateFromPem(certPem).subject;
  return attributes.map((read) => ({ ...read, value: forge.util.decodeUtf8(String(read.value)) }));
}

interface Template {
  readonly subject: forge.pki.CertificateField[];
  readonly issuer: { readonly subject: forge.pki.CertificateField[]; readonly keyPem: string };
  readonly validity: Validity;
  readonly extensions: readonly object[];
}

/** Keys come from OpenSSL off the main thread; forge's own generator would block the event loop. */
async function generateKeys(): Promise<{ readonly publicPem: string; readonly keyPem: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicPem: publicKey, keyPem: privateKey };
}

function sign(
  { publicPem, keyPem }: { readonly publicPem: string; readonly keyPem: string },
  { subject, issuer, validity, extensions }: Template,
): KeyPair {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicPem);
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = new Date(validity.nowMs - hourMs);
  certificate.validity.notAfter = new Date(validity.nowMs + validity.days * dayMs);
  certificate.setSubject(subject);
  certificate.setIssuer(issuer.subject);
  certificate.setExtensions([
    ...extensions,
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: keyIdentifier(issuer.keyPem) },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.keyPem), forge.md.sha256.create());
  return { certPem: forge.pki.certificateToPem(certificate), keyPem };
}

/** Sixteen random bytes, positive: the first bit is cleared. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

/** The SHA-1 of the issuer's public key, as its own subject key identifier has it (RFC 5280, 4.2.1.2). */
function keyIdentifier(keyPem: string): string {
  const der = createPublicKey(keyPem).export({ type: "pkcs1", format: "der" });
  return createHash("sha1").update(der).digest().toString("latin1");
}

function altName(host: string): object {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };
}
