import type { Authority, Credentials, Leaf, Trusted } from "./credentials.ts";

/** How far the certificates that the replicas share have come: what their Secret holds. Times are Unix, in milliseconds. */
export interface RotationState {
  /** Signs serving certificates; undefined when there is none that is valid. */
  readonly authority: Authority | undefined;
  /** What is served, signed by `authority`; undefined when there is none that is valid. */
  readonly leaf: Leaf | undefined;
  /** Takes the place of `authority` once everybody trusts it; it has its key. */
  readonly next: Authority | undefined;
  /** When every APIService was seen to trust `next`; undefined while that is not so. */
  readonly trustedSinceMs: number | undefined;
  /** Sign nothing any more; a replica may still serve what they signed, until `formerUntilMs`. */
  readonly former: readonly Trusted[];
  readonly formerUntilMs: number;
}

/** The texts of a Secret by their keys. */
export type SecretData = Readonly<Record<string, string>>;

const [caCert, caKey] = ["ca.crt", "ca.key"];
const [leafCert, leafKey] = ["tls.crt", "tls.key"];
const [nextCert, nextKey, nextTrustedSince] = ["next-ca.crt", "next-ca.key", "next-ca-trusted-since"];
const [formerCerts, formerUntil] = ["former-ca.crt", "former-ca-until"];

/** Why a certificate cannot be used yet; undefined when it can. Only a clock that is wrong, here or elsewhere, brings it about. */
export function earlyProblem({ startsMs }: { readonly startsMs: number }, nowMs: number): string | undefined {
  return startsMs > nowMs ? `it is valid from ${new Date(startsMs).toISOString()} only` : undefined;
}

/**
 * Reads the Secret's data. What has ended counts as not there; so does what cannot be used, or not yet, and `problems` says
 * it, one line each. An empty Secret is an empty state without problems.
 */
export function readRotationState(
  data: SecretData,
  credentials: Credentials,
  nowMs: number,
): { readonly state: RotationState; readonly problems: readonly string[] } {
  const problems: string[] = [];
  function inTime<T extends { readonly startsMs: number; readonly endsMs: number }>(
    name: string,
    read: T,
  ): T | undefined {
    const early = earlyProblem(read, nowMs);
    if (early !== undefined) problems.push(`${name}: ${early}`);
    return early === undefined && read.endsMs > nowMs ? read : undefined;
  }
  function readAuthority(certName: string, keyName: string): Authority | undefined {
    const [certPem, keyPem] = [data[certName] ?? "", data[keyName] ?? ""];
    if (certPem === "" && keyPem === "") return undefined;
    const read = credentials.readAuthority(certPem, keyPem);
    if (!read.ok) problems.push(`${certName}: ${read.error}`);
    else if (read.value.keyPem === undefined) problems.push(`${keyName}: it is no RSA key of ${certName}`);
    return read.ok ? inTime(certName, read.value) : undefined;
  }
  function readLeaf(authority: Authority | undefined): Leaf | undefined {
    const pair = { certPem: data[leafCert] ?? "", keyPem: data[leafKey] ?? "" };
    if (authority === undefined || (pair.certPem === "" && pair.keyPem === "")) return undefined;
    const read = credentials.readLeaf(pair, authority);
    if (!read.ok) problems.push(`${leafCert}: ${read.error}`);
    return read.ok ? inTime(leafCert, read.value) : undefined;
  }

  const authority = readAuthority(caCert, caKey);
  const next = readAuthority(nextCert, nextKey);
  const until = Date.parse(data[formerUntil] ?? "");
  const trustedSince = Date.parse(data[nextTrustedSince] ?? "");
  const state = {
    authority,
    leaf: readLeaf(authority),
    next: next?.keyPem === undefined ? undefined : next,
    trustedSinceMs: Number.isNaN(trustedSince) ? undefined : trustedSince,
    // Without their time nobody knows how long they are needed; APIServices still name them (`adopt`).
    former: Number.isNaN(until) ? [] : credentials.readBundle(data[formerCerts] ?? ""),
    formerUntilMs: Number.isNaN(until) ? 0 : until,
  };
  return { state, problems };
}

/** Writes a state as the Secret's data; a part that is not there has no key. */
export function writeRotationState(state: RotationState): SecretData {
  const { authority, leaf, next, trustedSinceMs, former, formerUntilMs } = state;
  const entries: readonly (readonly [string, string | undefined])[] = [
    [caCert, authority?.certPem],
    [caKey, authority?.keyPem],
    [leafCert, leaf?.certPem],
    [leafKey, leaf?.keyPem],
    [nextCert, next?.certPem],
    [nextKey, next?.keyPem],
    [nextTrustedSince, next === undefined ? undefined : isoTime(trustedSinceMs)],
    [formerCerts, former.length === 0 ? undefined : former.map(({ certPem }) => certPem).join("")],
    [formerUntil, former.length === 0 ? undefined : isoTime(formerUntilMs)],
  ];
  return Object.fromEntries(entries.flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
