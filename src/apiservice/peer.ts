import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { readPeerCertificates, verifyChain } from "./peer-chain.ts";
import { parseBundle, type ReadTrust, type TrustAnchors } from "./trust-anchors.ts";

/** What the certificate of a TLS client is worth. `undefined` means that there is no such authority to ask. */
export interface Peer {
  readonly certificate: X509Certificate;
  readonly signedByRequestHeaderCa: boolean | undefined;
  readonly signedByClientCa: boolean | undefined;
  /** What OpenSSL held against it at the handshake, such as `CERT_HAS_EXPIRED`; absent when nothing. */
  readonly problem?: string;
}

/** Tells who is at the other end of a connection; undefined without a client certificate. */
export type ReadPeer = (socket: Socket) => Peer | undefined;

/** A certificate that is not good now may become so when clocks agree; it is looked at again after a minute. */
const refusalMs = 60_000;

interface Verdict {
  readonly peer: Peer | undefined;
  readonly trust: TrustAnchors;
  readonly untilMs: number;
}

/** Verifies once per connection, and again when the trust anchors change or a certificate of the chain expires. */
export function createPeerReader(readTrust: ReadTrust, now: () => number): ReadPeer {
  const verdicts = new WeakMap<Socket, Verdict>();
  return (socket) => {
    if (!(socket instanceof TLSSocket)) return undefined;
    const trust = readTrust();
    const known = verdicts.get(socket);
    if (known?.trust === trust && now() <= known.untilMs) return known.peer;
    const verdict = judge(socket, trust, now());
    verdicts.set(socket, verdict);
    return verdict.peer;
  };
}

function judge(socket: TLSSocket, trust: TrustAnchors, nowMs: number): Verdict {
  const sent = readPeerCertificates(socket);
  const [certificate] = sent;
  if (certificate === undefined) return { peer: undefined, trust, untilMs: Infinity };
  // OpenSSL has also looked at path lengths and name constraints, which verifyChain does not.
  const chain = socket.authorized ? sent : [];
  const requestHeader = standingUnder(trust.requestHeader?.ca, chain, nowMs);
  const client = standingUnder(trust.clientCa, chain, nowMs);
  return {
    peer: {
      certificate,
      signedByRequestHeaderCa: requestHeader?.good,
      signedByClientCa: client?.good,
      ...(socket.authorized ? {} : { problem: String(socket.authorizationError) }),
    },
    trust,
    untilMs: Math.min(requestHeader?.untilMs ?? Infinity, client?.untilMs ?? Infinity),
  };
}

interface Standing {
  readonly good: boolean;
  readonly untilMs: number;
}

function standingUnder(
  bundle: string | undefined,
  chain: readonly X509Certificate[],
  nowMs: number,
): Standing | undefined {
  if (bundle === undefined) return undefined;
  const untilMs = verifyChain(chain, parseBundle(bundle), nowMs);
  return { good: untilMs !== undefined, untilMs: untilMs ?? nowMs + refusalMs };
}
