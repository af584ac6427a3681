import { X509Certificate } from "node:crypto";

/**
 * Whose certificates are believed, and for what: the content of ConfigMap `kube-system/extension-apiserver-authentication`
 * or of the flags that stand for it. Bundles are PEM. Without an authority its way of authentication has no opinion.
 */
export interface TrustAnchors {
  /** Signs certificates of users. */
  readonly clientCa?: string;
  /** The front proxy, which says in headers who the user is. */
  readonly requestHeader?: {
    readonly ca: string;
    /** Common names of the proxy; none means any certificate that `ca` signed. */
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    /** Such as `X-Remote-Extra-`. */
    readonly extraHeaderPrefixes: readonly string[];
  };
}

/** The trust anchors now: the same object as long as nothing has changed. */
export type ReadTrust = () => TrustAnchors;

/** The certificates of a PEM bundle. What cannot be read as one is left out, so that it is not believed. */
export function parseBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/gu) ?? [];
  return blocks.flatMap(parseCertificate);
}

function parseCertificate(pem: string): readonly X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
