import { once } from "node:events";
import { Agent } from "node:https";
import { connect, type ConnectionOptions } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AccessSpec } from "../../src/apiservice/access.ts";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import type { TrustAnchors } from "../../src/apiservice/trust-anchors.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { ok } from "../../src/result.ts";
import { askApi, type Asking, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import {
  authority,
  client,
  forgeIntermediate,
  future,
  intermediate,
  past,
  withIntermediate,
} from "../support/test-pki.ts";

/** Who is asking, on real connections: what each certificate and header makes of a client. */

type Certificate =
  | "proxy"
  | "proxyBelow"
  | "proxyAlone"
  | "proxyExpiredBelow"
  | "proxyStranger"
  | "proxyExpired"
  | "proxyEarly"
  | "proxyForServers"
  | "proxyOfNamesake"
  | "proxyForged"
  | "user"
  | "userBelow"
  | "userAlone"
  | "userExpired"
  | "userEarly"
  | "userForServers"
  | "userOfNamesake"
  | "userForged"
  | "nameless"
  | "userWithUid"
  | "userWithUids"
  | "userWithEmptyUid"
  | "proxyWithUid"
  | "foreign";

const provider: MetricsProvider = {
  list: () => [],
  listExternal: () => [],
  notice: () => undefined,
  read: () => Promise.resolve(ok([])),
  readExternal: () => Promise.resolve(ok([])),
};
const proxyName = "front-proxy-client";
const api = "/apis/custom.metrics.k8s.io";

const pki = {} as Record<Certificate | "server", KeyPair>;
let trust: TrustAnchors;
let requestHeader: NonNullable<TrustAnchors["requestHeader"]>;
let specs: AccessSpec[];
let lines: { message: string; fields: Readonly<Record<string, string | number>> | undefined }[];
let serving: Serving;

beforeAll(async () => {
  const names = ["proxy-ca", "client-ca", "proxy-ca", "client-ca", "foreign-ca"];
  const [proxyCa, clientCa, otherProxyCa, otherClientCa, foreignCa] = await Promise.all(names.map(authority));
  if (!proxyCa || !clientCa || !otherProxyCa || !otherClientCa || !foreignCa) throw new Error("unreachable");
  const [belowProxyCa, belowClientCa] = await Promise.all([
    intermediate(proxyCa, "proxy-ca-2"),
    intermediate(clientCa, "client-ca-2"),
  ]);
  const expired = await intermediate(proxyCa, "proxy-ca-2", past, belowProxyCa);
  const [proxy, proxyBelow, namesake, user, userBelow, belowTheProxy] = await Promise.all([
    client(proxyCa, proxyName),
    client(belowProxyCa, proxyName),
    client(clientCa, proxyName),
    client(clientCa, "alice", { organizations: ["dev", "a,system:masters"] }),
    client(belowClientCa, "alice"),
    client(proxyCa, "alice"),
  ]);
  Object.assign(pki, {
    proxy,
    proxyBelow: withIntermediate(proxyBelow, belowProxyCa.certPem),
    proxyAlone: proxyBelow,
    proxyExpiredBelow: withIntermediate(proxyBelow, expired.certPem),
    proxyStranger: belowTheProxy,
    proxyExpired: await client(proxyCa, proxyName, {}, past),
    proxyEarly: await client(proxyCa, proxyName, {}, future),
    proxyForServers: await client(proxyCa, proxyName, { usages: ["serverAuth"] }),
    proxyOfNamesake: await client(otherProxyCa, proxyName),
    // A user whose name the front proxy has, too, and who pretends that the proxy's authority had certified the users'.
    proxyForged: withIntermediate(namesake, forgeIntermediate(proxyCa, clientCa)),
    user,
    userBelow: withIntermediate(userBelow, belowClientCa.certPem),
    userAlone: userBelow,
    userExpired: await client(clientCa, "alice", {}, past),
    userEarly: await client(clientCa, "alice", {}, future),
    userForServers: await client(clientCa, "alice", { usages: ["serverAuth"] }),
    userOfNamesake: await client(otherClientCa, "alice"),
    // The same the other way round.
    userForged: withIntermediate(belowTheProxy, forgeIntermediate(clientCa, proxyCa)),
    nameless: await client(clientCa, "", { organizations: ["system:masters"] }),
    userWithUid: await client(clientCa, "alice", { uids: ["zoë+1"] }),
    userWithUids: await client(clientCa, "alice", { uids: ["1", "1"] }),
    userWithEmptyUid: await client(clientCa, "alice", { uids: [""] }),
    proxyWithUid: await client(proxyCa, proxyName, { uids: ["1"] }),
    foreign: await client(foreignCa, proxyName),
    server: await client(foreignCa, "adapter", { usages: ["serverAuth"] }),
  });
  requestHeader = {
    ca: proxyCa.certPem,
    allowedNames: [proxyName],
    usernameHeaders: ["X-Remote-User"],
    uidHeaders: ["X-Remote-Uid"],
    groupHeaders: ["X-Remote-Group"],
    extraHeaderPrefixes: ["X-Remote-Extra-"],
  };
  trust = { clientCa: clientCa.certPem, requestHeader };
}, 60_000);

beforeEach(async () => {
  specs = [];
  lines = [];
  serving = await serve(() => trust);
});
afterEach(() => serving.server.stop());

function serve(readTrust: () => TrustAnchors): Promise<Serving> {
  return startApiServer({
    provider,
    reviewAccess: (spec) => {
      specs.push(spec);
      return Promise.resolve(ok({ allowed: true, reason: "" }));
    },
    keyPair: pki.server,
    readTrust,
    log: (_level, message, fields) => lines.push({ message, fields }),
  });
}

/** Asks, and says as whom that was taken: a user, or the status and why nobody was recognized. */
async function whoIs(as: Certificate | undefined, headers: readonly string[], more: Asking = {}): Promise<string> {
  const reply = await askApi(serving.port, api, { headers, ...more, ...(as === undefined ? {} : { as: pki[as] }) });
  return outcome(reply);
}

function outcome({ code }: Pick<Reply, "code">): string {
  if (code === 200) return specs.at(-1)?.user ?? "nobody";
  const refusal = lines.find(({ message }) => message === "Cannot authenticate a client")?.fields?.["cause"];
  return refusal === undefined ? String(code) : `${code} ${refusal}`;
}

const presented = {
  "a user header": ["X-Remote-User", "zed", "X-Remote-Group", "g1"],
  "nothing else": [],
  "a good token": ["Authorization", "Bearer good"],
  "a bad token": ["Authorization", "bearer bad"],
} as const;
type Outcomes = readonly [userHeader: string, nothing: string, goodToken: string, badToken: string];

const anonymous = "system:anonymous";
const asUser: Outcomes = ["alice", "alice", "alice", "alice"];
const asProxy: Outcomes = ["zed", "401 clientCertificate", "carol", "401 clientCertificate token"];
const asStranger: Outcomes = refusedFor("proxyName clientCertificate");
const asNobody: Outcomes = refusedFor("proxyCertificate clientCertificate");

function refusedFor(causes: string): Outcomes {
  return [`401 ${causes}`, `401 ${causes}`, "carol", `401 ${causes} token`];
}

const certificates: readonly (readonly [string, Certificate | undefined, Outcomes, string?])[] = [
  ["no certificate", undefined, [anonymous, anonymous, "carol", "401 token"]],
  ["the front proxy", "proxy", asProxy],
  ["the front proxy through an intermediate", "proxyBelow", asProxy],
  ["the front proxy without its intermediate", "proxyAlone", asNobody, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["the front proxy through an expired intermediate", "proxyExpiredBelow", asNobody, "CERT_HAS_EXPIRED"],
  ["a name that is not allowed", "proxyStranger", asStranger],
  ["an expired front proxy", "proxyExpired", asNobody, "CERT_HAS_EXPIRED"],
  ["a front proxy that is not valid yet", "proxyEarly", asNobody, "CERT_NOT_YET_VALID"],
  ["a front proxy's certificate for servers", "proxyForServers", asNobody, "INVALID_PURPOSE"],
  ["a front proxy of another authority of that name", "proxyOfNamesake", asNobody, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [
    "a user with a forged way to the front proxy's authority",
    "proxyForged",
    [proxyName, proxyName, proxyName, proxyName],
  ],
  ["a user", "user", asUser],
  ["a user through an intermediate", "userBelow", asUser],
  ["a user without the intermediate", "userAlone", asNobody, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["an expired user", "userExpired", asNobody, "CERT_HAS_EXPIRED"],
  ["a user who is not valid yet", "userEarly", asNobody, "CERT_NOT_YET_VALID"],
  ["a user's certificate for servers", "userForServers", asNobody, "INVALID_PURPOSE"],
  ["a user of another authority of that name", "userOfNamesake", asNobody, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["a name of the proxy's authority with a forged way to the users'", "userForged", asStranger],
  [
    "a user without a name",
    "nameless",
    ["401 proxyCertificate", "401 proxyCertificate", "carol", "401 proxyCertificate token"],
  ],
  ["a user with a UID", "userWithUid", asUser],
  ["a user with two UIDs", "userWithUids", refusedFor("proxyCertificate clientUid")],
  ["a user with an empty UID", "userWithEmptyUid", refusedFor("proxyCertificate clientUid")],
  ["the front proxy, which has a UID itself", "proxyWithUid", asProxy],
  ["an unknown authority", "foreign", asNobody, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
];
const matrix = certificates.flatMap(([who, certificate, outcomes, problem]) =>
  Object.entries(presented).map(
    ([what, headers], at) => [who, what, outcomes[at] ?? "", certificate, headers, problem] as const,
  ),
);

describe("who is asking", () => {
  test.for(matrix)("%s with %s: %s [wire 11] [wire 12] [trap 5]", async ([, , expected, as, headers, problem]) => {
    expect(await whoIs(as, headers)).toBe(expected);
    const refused = expected.startsWith("401");
    expect(specs).toHaveLength(refused ? 0 : 1);
    const details = lines.map(({ fields }) => String(fields?.["detail"] ?? ""));
    expect(details.join()).toContain(refused && problem !== undefined ? `(${problem})` : "");
  });

  const proxySays = ["X-Remote-User", "zed"];
  test.for([
    ["the front proxy with an empty user header", "401 clientCertificate", "proxy", ["X-Remote-User", ""]],
    ["the front proxy with two user headers", "zed", "proxy", [...proxySays, "X-Remote-User", "ann"]],
    ["the front proxy with a token", "zed", "proxy", [...proxySays, "Authorization", "Bearer good"]],
    ["a token that cannot be reviewed", "401 tokenReview", undefined, ["Authorization", "Bearer broken"]],
    ["a password", anonymous, undefined, ["Authorization", "Basic Z29vZA=="]],
    ["a scheme without a token", anonymous, undefined, ["Authorization", "Bearer "]],
  ] as const)("%s: %s [wire 12]", async ([, expected, as, headers]) => {
    expect(await whoIs(as, headers)).toBe(expected);
  });

  test.for([
    ["the proxy", "proxy", [...proxySays, "Impersonate-User", "root"]],
    ["the proxy, with a group", "proxy", [...proxySays, "impersonate-group", "system:masters"]],
    ["a user", "user", ["Impersonate-Uid", "7"]],
    ["a token", undefined, ["Authorization", "Bearer good", "IMPERSONATE-EXTRA-scopes", "all"]],
    ["nobody", undefined, ["Impersonate-User", "root"]],
    ["the proxy, behind 3,000 lines", "proxy", [...proxySays, ...manyGroups(), "Impersonate-User", "root"]],
  ] as const)("impersonation by %s is refused [wire 21] [trap 3]", async ([, as, headers]) => {
    expect(await whoIs(as, headers)).toBe("403");
    expect(specs).toEqual([]);
  });

  test("a refusal ends its connection, so that the next one can be judged by other authorities [wire 17]", async () => {
    const reply = await askApi(serving.port, api, { as: pki.foreign });
    expect([reply.code, reply.headers["connection"]]).toEqual([401, "close"]);
  });
});

function manyGroups(): readonly string[] {
  return Array.from({ length: 3_000 }, (_, index) => ["X-Remote-Group", `g${index}`]).flat();
}

describe("what is known of them", () => {
  test("all that the proxy says, byte for byte [wire 11] [trap 1] [trap 2] [trap 3]", async () => {
    const utf8 = Buffer.from("zoë").toString("latin1");
    const lineByLine = [
      ["X-Remote-User", utf8],
      ["X-Remote-Uid", "7"],
      ["X-Remote-Group", "a,system:masters"],
      ["x-remote-group", utf8],
      manyGroups(),
      ["X-Remote-Extra-Example.com%2fKey", "1"],
      ["x-remote-extra-example.com%2FKey", "2"],
      ["X-Remote-Extra-%zz", "3"],
      ["X-Remote-Extra-__proto__", "4"],
    ];
    await whoIs("proxy", lineByLine.flat());
    const [spec] = specs;
    expect(spec).toMatchObject({ user: "zoë", uid: "7" });
    expect(Object.entries(spec?.extra ?? {})).toEqual([
      ["example.com/key", ["1", "2"]],
      ["%zz", ["3"]],
      ["__proto__", ["4"]],
    ]);
    expect(spec?.groups).toHaveLength(3_003);
    expect(spec?.groups.slice(0, 3)).toEqual(["a,system:masters", "zoë", "g0"]);
    expect(spec?.groups.slice(-2)).toEqual(["g2999", "system:authenticated"]);
  });

  test("the groups and the digest of a certificate [wire 12]", async () => {
    await whoIs("user", presented["a user header"]);
    expect(specs[0]).toMatchObject({ groups: ["dev", "a,system:masters", "system:authenticated"] });
    expect(specs[0]?.extra["authentication.kubernetes.io/credential-id"]?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/u);
  });

  const uidHeader = ["X-Remote-Uid", "7"];
  const zed = ["X-Remote-User", "zed"];
  test.for([
    ["what the proxy says", "7", "proxy", [...zed, "x-remote-uid", "7"]],
    ["the first that the proxy says", "7", "proxy", [...zed, ...uidHeader, "X-Remote-Uid", "8"]],
    ["none when the proxy says nothing", undefined, "proxy", zed],
    ["none when the proxy says an empty one", undefined, "proxy", [...zed, "X-Remote-Uid", ""]],
    ["what the proxy says, not its own", "7", "proxyWithUid", [...zed, ...uidHeader]],
    ["none when the proxy has one itself", undefined, "proxyWithUid", zed],
    ["that of the certificate", "zoë+1", "userWithUid", []],
    ["that of the certificate, whatever a header says", "zoë+1", "userWithUid", [...zed, ...uidHeader]],
    ["none of a certificate without, whatever a header says", undefined, "user", [...zed, ...uidHeader]],
    ["that of the token", "u-carol", undefined, presented["a good token"]],
    ["that of the token, whatever a header says", "u-carol", undefined, [...presented["a good token"], ...uidHeader]],
    ["that of the token beside a useless certificate", "u-carol", "userWithUids", presented["a good token"]],
    ["none of nobody, whatever a header says", undefined, undefined, uidHeader],
  ] as const)("the UID: %s [wire 11] [wire 12]", async ([, uid, as, headers]) => {
    await whoIs(as, headers);
    expect(specs.map((spec) => spec.uid)).toEqual([uid]);
  });

  test("the UID only from headers that are named for it [wire 11]", async () => {
    await serving.server.stop();
    serving = await serve(() => ({ requestHeader: { ...requestHeader, uidHeaders: [] } }));
    expect([await whoIs("proxy", [...zed, ...uidHeader]), specs[0]?.uid]).toEqual(["zed", undefined]);
  });

  test.for([
    ["a user without groups", "proxy", ["X-Remote-User", "system:kube-aggregator"], ["system:authenticated"]],
    ["a token's user", undefined, presented["a good token"], ["ops", "system:authenticated"]],
    [
      "who has it already",
      "proxy",
      ["X-Remote-User", "zed", "X-Remote-Group", "system:authenticated"],
      ["system:authenticated"],
    ],
    [
      "whom the proxy calls unauthenticated",
      "proxy",
      ["X-Remote-User", anonymous, "X-Remote-Group", "system:unauthenticated"],
      ["system:unauthenticated"],
    ],
    ["whom the proxy calls anonymous", "proxy", ["X-Remote-User", anonymous], []],
    ["nobody", undefined, [], ["system:unauthenticated"]],
  ] as const)("group system:authenticated of %s [wire 13]", async ([, as, headers, groups]) => {
    await whoIs(as, headers);
    expect(specs[0]?.groups).toEqual(groups);
  });
});

describe("whom is believed", () => {
  test.for([
    ["nobody", "proxy", anonymous, () => ({})],
    ["nobody", "user", anonymous, () => ({})],
    ["a user", "proxy", "401 clientCertificate", () => ({ clientCa: trust.clientCa ?? "" })],
    ["a user", "user", "alice", () => ({ clientCa: trust.clientCa ?? "" })],
    ["the proxy", "proxy", "zed", () => ({ requestHeader })],
    ["the proxy", "user", "401 proxyCertificate", () => ({ requestHeader })],
    ["any name of the proxy's authority", "proxyStranger", "zed", () => anyName()],
    ["any name of the proxy's authority", "foreign", "401 proxyCertificate clientCertificate", () => anyName()],
  ] as const)("where only %s is, certificate %s: %s [wire 11] [wire 12]", async ([, as, expected, anchors]) => {
    await serving.server.stop();
    serving = await serve(anchors);
    expect(await whoIs(as, presented["a user header"])).toBe(expected);
  });

  function anyName(): TrustAnchors {
    return { ...trust, requestHeader: { ...requestHeader, allowedNames: [] } };
  }

  test("an open connection is judged again when that changes, and a new one by the new [wire 17] [trap 6]", async () => {
    let current = trust;
    await serving.server.stop();
    serving = await serve(() => current);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await whoIs("user", [], { agent })).toBe("alice");
    current = { requestHeader };
    expect(await whoIs("user", [], { agent })).toBe("401 proxyCertificate");
    agent.destroy();
    current = trust;
    expect(await whoIs("user", [])).toBe("alice");
  });

  test.for(["TLSv1.2", "TLSv1.3"] as const)("no session of %s is resumed [trap 6]", async (version) => {
    const options = { minVersion: version, maxVersion: version, rejectUnauthorized: false };
    const first = await exchange({ ...options, cert: pki.user.certPem, key: pki.user.keyPem });
    expect(first).toMatchObject({ user: "alice", session: expect.any(Buffer) as Buffer });
    expect(await exchange({ ...options, session: first.session })).toMatchObject({ user: anonymous, resumed: false });
  });
});

/** What one connection came to: who that was, its session, and whether it resumed another. */
interface Exchange {
  readonly user: string;
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
}

/** Asks over a connection of its own. */
async function exchange(options: ConnectionOptions): Promise<Exchange> {
  const socket = connect({ host: "127.0.0.1", port: serving.port, ...options });
  await once(socket, "secureConnect");
  const resumed = socket.isSessionReused();
  socket.write(`GET ${api} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  // TLS 1.3 hands sessions out after the handshake.
  const [head] = (await once(socket, "data")) as [Buffer];
  const session = socket.getSession();
  socket.destroy();
  return { user: outcome({ code: Number(/^HTTP\/1\.1 (\d+)/u.exec(head.toString())?.[1]) }), session, resumed };
}
