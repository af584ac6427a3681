import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { createPeerReader, type ReadPeer } from "../../src/apiservice/peer.ts";
import type { TrustAnchors } from "../../src/apiservice/trust-anchors.ts";
import { authority, client, validity } from "../support/test-pki.ts";

const dayMs = 86_400_000;

let [clientCa, otherCa, alice, keyPair]: readonly KeyPair[] = [];
let server: Server;
let trust: TrustAnchors;
let nowMs: number;
let readPeer: ReadPeer;
let looks: number;

beforeAll(async () => {
  const authorities = await Promise.all([authority("client-ca"), authority("other-ca")]);
  [clientCa, otherCa] = authorities;
  [alice, keyPair] = await Promise.all(
    authorities.map((issuer, at) => client(issuer, `leaf-${at}`, { usages: ["clientAuth", "serverAuth"] })),
  );
});

beforeEach(async () => {
  if (!clientCa || !keyPair) throw new Error("unreachable");
  trust = { clientCa: clientCa.certPem };
  nowMs = validity.nowMs;
  looks = 0;
  readPeer = createPeerReader(
    () => trust,
    () => nowMs,
  );
  const tls = { cert: keyPair.certPem, key: keyPair.keyPem, ca: clientCa.certPem };
  server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => server.close());

/** The server's end of a connection; how often its certificates are looked at is counted. */
async function accept(as?: KeyPair): Promise<TLSSocket> {
  const { port } = server.address() as AddressInfo;
  const credentials = as === undefined ? {} : { cert: as.certPem, key: as.keyPem };
  const near = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...credentials });
  const [far] = (await once(server, "secureConnection")) as [TLSSocket];
  far.on("close", () => near.destroy());
  const getPeerCertificate = far.getPeerCertificate.bind(far);
  Object.assign(far, {
    getPeerCertificate: (detailed: true) => {
      looks += 1;
      return getPeerCertificate(detailed);
    },
  });
  return far;
}

function goodNow(socket: Socket): boolean | undefined {
  return readPeer(socket)?.signedByClientCa;
}

describe("createPeerReader()", () => {
  test("verifies once per connection [trap 5]", async () => {
    const socket = await accept(alice);
    for (let at = 0; at < 100; at += 1) expect(goodNow(socket)).toBe(true);
    expect(looks).toBe(1);
    const another = await accept(alice);
    expect(goodNow(another)).toBe(true);
    expect(looks).toBe(2);
    [socket, another].forEach((each) => each.destroy());
  });

  test("refuses on an open connection what has expired meanwhile [trap 6]", async () => {
    const socket = await accept(alice);
    expect(goodNow(socket)).toBe(true);
    nowMs += 2 * dayMs + 1;
    expect(goodNow(socket)).toBe(false);
    socket.destroy();
  });

  test("accepts after a minute what this machine's clock was behind for", async () => {
    const socket = await accept(alice);
    nowMs -= dayMs;
    expect(goodNow(socket)).toBe(false);
    nowMs += dayMs;
    expect(goodNow(socket)).toBe(true);
    socket.destroy();
  });

  test("judges again when the authorities change, and not while they stay [trap 6]", async () => {
    const socket = await accept(alice);
    expect(goodNow(socket)).toBe(true);
    trust = { clientCa: otherCa?.certPem ?? "" };
    expect([goodNow(socket), goodNow(socket)]).toEqual([false, false]);
    expect(looks).toBe(2);
    trust = {};
    expect(readPeer(socket)).toMatchObject({ signedByClientCa: undefined, signedByRequestHeaderCa: undefined });
    socket.destroy();
  });

  test("believes no certificate that OpenSSL refused at the handshake, and says why [trap 5]", async () => {
    trust = { clientCa: otherCa?.certPem ?? "" };
    const socket = await accept(keyPair);
    expect(readPeer(socket)).toMatchObject({ signedByClientCa: false, problem: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    socket.destroy();
  });

  test("knows nobody without a certificate", async () => {
    const socket = await accept();
    expect(readPeer(socket)).toBeUndefined();
    socket.destroy();
  });
});
