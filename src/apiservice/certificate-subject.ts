import type { X509Certificate } from "node:crypto";

/** Who a client certificate is for. */
export interface CertificateSubject {
  /** The user's name, of several the last; empty when there is none. */
  readonly commonName: string;
  /** The user's groups. */
  readonly organizations: readonly string[];
  /** The user's UIDs, of which there is to be one at most. */
  readonly uids: readonly string[];
}

/** The attribute of a subject that Kubernetes reads as UID (k8s.io/apimachinery, `asn1.X509UID`). */
export const uidAttribute = "1.3.6.1.4.1.57683.2";

/** Reads the subject of a certificate, whose values are text: OpenSSL takes no other. */
export function readSubject(certificate: X509Certificate): CertificateSubject {
  // The object form has values as they are; in the text form they are escaped.
  const values: Readonly<Record<string, string | readonly string[] | undefined>> = {
    ...certificate.toLegacyObject().subject,
  };
  const { CN: names = [], O: organizations = [], [uidAttribute]: uids = [] } = values;
  return { commonName: [names].flat().at(-1) ?? "", organizations: [organizations].flat(), uids: [uids].flat() };
}
