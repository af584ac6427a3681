import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";

/** Chains of the trust stores in use have one or two certificates between leaf and root. */
const maxIntermediates = 4;

const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";

/**
 * The certificates that the client sent, its own first; none when it sent none. Node links them by name only, so their
 * order proves nothing (see `verifyChain`).
 */
export function readPeerCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const certificates: X509Certificate[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // An absent certificate is an empty object, and a self-signed one is its own issuer.
  while (next?.raw !== undefined && !seen.has(next) && certificates.length <= maxIntermediates) {
    seen.add(next);
    certificates.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return certificates;
}

/**
 * Until when, in milliseconds since the Unix epoch, the first certificate is good for client authentication under one of
 * `anchors`: it and every certificate up to the anchor is signed by the next one's key and valid now. Undefined when it is
 * not good. The other certificates that were sent are tried as intermediates, in any order.
 */
export function verifyChain(
  [leaf, ...sent]: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  nowMs: number,
): number | undefined {
  if (leaf === undefined || !isUsable(leaf, nowMs)) return undefined;
  const intermediates = sent.slice(0, maxIntermediates).filter((issuer) => issuer.ca && isUsable(issuer, nowMs));
  const roots = anchors.filter((anchor) => anchor.ca && isValid(anchor, nowMs));
  const chain = climb(leaf, intermediates, roots);
  return chain && Math.min(...chain.map((certificate) => certificate.validToDate.getTime()));
}

/** A chain from `certificate` to a root, or undefined. Each step leaves fewer intermediates, so it ends. */
function climb(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const root = roots.find((candidate) => isIssuedBy(certificate, candidate));
  if (root !== undefined) return [certificate, root];
  for (const issuer of intermediates.filter((candidate) => isIssuedBy(certificate, candidate))) {
    const rest = climb(
      issuer,
      intermediates.filter((other) => other !== issuer),
      roots,
    );
    if (rest !== undefined) return [certificate, ...rest];
  }
  return undefined;
}

/** `checkIssued` compares names and key identifiers, which anyone can copy; only the signature proves anything. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isUsable(certificate: X509Certificate, nowMs: number): boolean {
  return isValid(certificate, nowMs) && isForClients(certificate);
}

function isValid({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
}

/** `keyUsage` holds the extended usages; without that extension there is no restriction (RFC 5280, 4.2.1.12). */
function isForClients({ keyUsage }: X509Certificate): boolean {
  const usages: readonly string[] | undefined = keyUsage;
  return usages === undefined || usages.includes(clientAuth) || usages.includes(anyUsage);
}
