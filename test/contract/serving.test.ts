import { Agent } from "node:https";
import { connect } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AccessSpec } from "../../src/apiservice/access.ts";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { type ApiServer, createApiServer } from "../../src/apiservice/server.ts";
import type { TrustAnchors } from "../../src/apiservice/trust-anchors.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import type { Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Asking, pretty, type Reply } from "../support/api-client.ts";
import { type ServingOptions, startApiServer } from "../support/api-server.ts";
import { authority, client, forgeIntermediate, intermediate, validity } from "../support/test-pki.ts";

const api = "/apis/custom.metrics.k8s.io";
const web = `${api}/v1beta2/namespaces/shop/virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores`;
const pools = { group: "pool.kubevirt.io", resource: "virtualmachinepools" };
const reading: Reading = {
  object: { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", namespace: "shop", name: "web" },
  value: 2.5,
  timestampMs: Date.parse("2024-01-02T03:04:05.678Z"),
  windowSeconds: 60,
};

const pki = {} as Record<
  "proxy" | "stranger" | "serverOnly" | "alice" | "bob" | "foreign" | "admin" | "forged",
  KeyPair
>;
let serving: KeyPair;
let trust: TrustAnchors;
let otherTrust: TrustAnchors;

// What the fakes answer and what they saw, fresh for each test.
let answer: (request: MetricRequest) => Promise<Result<readonly Reading[], MetricError>>;
let allow: Result<{ allowed: boolean; reason: string }, string>;
let specs: AccessSpec[];
let lines: { level: string; message: string; fields: unknown }[];
let running: { server: ApiServer; port: number };

beforeAll(async () => {
  const [servingCa, proxyCa, clientCa, foreignCa, otherCa] = await Promise.all(
    ["serving-ca", "proxy-ca", "client-ca", "foreign-ca", "other-ca"].map(authority),
  );
  if (!servingCa || !proxyCa || !clientCa || !foreignCa || !otherCa) throw new Error("unreachable");
  const below = await intermediate(clientCa, "client-ca-2");
  const bob = await client(below, "bob");
  const namesake = await client(clientCa, "front-proxy-client");
  const alice = await client(clientCa, "alice", { organizations: ["dev", "a,system:masters"] });
  Object.assign(pki, {
    proxy: await client(proxyCa, "front-proxy-client"),
    stranger: await client(proxyCa, "someone-else"),
    serverOnly: await client(proxyCa, "front-proxy-client", { usages: ["serverAuth"] }),
    alice,
    bob: { ...bob, certPem: bob.certPem + below.certPem },
    foreign: await client(foreignCa, "front-proxy-client"),
    admin: await client(clientCa, "admin", { organizations: ["system:masters"] }),
    // A user whose name the front proxy has, too, and who pretends that the proxy's CA had certified the client CA.
    forged: { ...namesake, certPem: namesake.certPem + forgeIntermediate(proxyCa, clientCa) },
  });
  serving = await issueCertificate(
    servingCa,
    { commonName: "adapter", hosts: ["localhost", "127.0.0.1"], usages: ["serverAuth"] },
    validity,
  );
  trust = {
    clientCa: clientCa.certPem,
    requestHeader: {
      ca: proxyCa.certPem,
      allowedNames: ["front-proxy-client"],
      usernameHeaders: ["X-Remote-User"],
      uidHeaders: ["X-Remote-Uid"],
      groupHeaders: ["X-Remote-Group"],
      extraHeaderPrefixes: ["X-Remote-Extra-"],
    },
  };
  otherTrust = { clientCa: otherCa.certPem };
});

beforeEach(async () => {
  answer = () => Promise.resolve(ok([reading]));
  allow = ok({ allowed: true, reason: "" });
  specs = [];
  lines = [];
  running = await serve();
});

const servers = new Set<ApiServer>();
afterAll(async () => {
  await Promise.all([...servers].map((server) => server.stop()));
});

async function serve(
  more: Partial<Pick<ServingOptions, "readTrust" | "deadlineMs" | "sleep">> = {},
): Promise<{ server: ApiServer; port: number }> {
  const started = await startApiServer({
    provider: {
      list: () => [
        { resource: pools, namespaced: true, metric: "cpu-usageCores" },
        { resource: { group: "", resource: "namespaces" }, namespaced: false, metric: "cpu-usageCores" },
      ],
      listExternal: () => [],
      notice: () => undefined,
      read: (request) => answer(request),
      readExternal: () => Promise.resolve(ok([])),
    },
    reviewAccess: (spec) => {
      specs.push(spec);
      return Promise.resolve(allow);
    },
    keyPair: serving,
    readTrust: () => trust,
    log: (level, message, fields) => lines.push({ level, message, fields }),
    ...more,
  });
  servers.add(started.server);
  return started;
}

function ask(path: string, asking: Asking = {}, port = running.port): Promise<Reply> {
  return askApi(port, path, asking);
}

/** Asks as the aggregator does for somebody. */
function askFor(user: string, path: string, more: Asking = {}): Promise<Reply> {
  const { headers = [] } = more;
  return ask(path, { ...more, as: pki.proxy, headers: ["X-Remote-User", user, ...headers] });
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

describe("who is asking", () => {
  const remote = ["X-Remote-User", "zed", "X-Remote-Group", "g1"];
  const rows: readonly (readonly [string, keyof typeof pki | undefined, readonly string[], string | number])[] = [
    ["proxy certificate and user header", "proxy", remote, "zed"],
    ["proxy certificate without user header", "proxy", [], 401],
    ["proxy certificate with an empty user header", "proxy", ["X-Remote-User", ""], 401],
    ["request-header CA, name not allowed", "stranger", remote, 401],
    ["request-header CA, not for clients", "serverOnly", remote, 401],
    ["unknown CA and user header", "foreign", remote, 401],
    ["no certificate and user header", undefined, remote, "system:anonymous"],
    ["certificate of a user and user header", "alice", remote, "alice"],
    ["certificate through an intermediate", "bob", [], "bob"],
    ["certificate of a user with a forged intermediate", "forged", remote, "front-proxy-client"],
    ["unknown CA and a good token", "foreign", ["Authorization", "Bearer good"], "carol"],
    ["a good token", undefined, ["authorization", "bearer good"], "carol"],
    ["a bad token", undefined, ["Authorization", "Bearer bad"], 401],
    ["a token that cannot be reviewed", undefined, ["Authorization", "Bearer broken"], 401],
    ["a certificate and a bad token", "alice", ["Authorization", "Bearer bad"], "alice"],
    ["a password", undefined, ["Authorization", "Basic Z29vZA=="], "system:anonymous"],
    ["a bearer without token", undefined, ["Authorization", "Bearer "], "system:anonymous"],
    ["nothing", undefined, [], "system:anonymous"],
    ["impersonation by the proxy", "proxy", [...remote, "Impersonate-User", "root"], 403],
    ["impersonation with a token", undefined, ["Authorization", "Bearer good", "impersonate-group", "x"], 403],
  ];
  test.for(rows)("%s", async ([, name, headers, expected]) => {
    const reply = await ask(api, { headers, ...(name === undefined ? {} : { as: pki[name] }) });
    expect(reply.code === 200 ? specs[0]?.user : reply.code).toBe(expected);
    expect(specs).toHaveLength(reply.code === 200 ? 1 : 0);
  });

  test("passes on all that the proxy says, byte for byte", async () => {
    const utf8 = Buffer.from("zoë").toString("latin1");
    const groups = Array.from({ length: 3_000 }, (_, index) => ["X-Remote-Group", `g${index}`]).flat();
    const extra = [
      "X-Remote-Extra-Example.com%2fKey",
      "1",
      "x-remote-extra-example.com%2FKey",
      "2",
      "X-Remote-Extra-%zz",
      "3",
    ];
    const reply = await askFor(utf8, api, {
      headers: [
        "X-Remote-User",
        "second",
        "X-Remote-Group",
        "a,system:masters",
        ...groups,
        "X-Remote-Uid",
        "7",
        ...extra,
      ],
    });
    expect(reply.code).toBe(200);
    expect(specs[0]).toMatchObject({ user: "zoë", uid: "7", extra: { "example.com/key": ["1", "2"], "%zz": ["3"] } });
    expect(specs[0]?.groups).toHaveLength(3_002);
    expect(specs[0]?.groups.at(0)).toBe("a,system:masters");
    expect(specs[0]?.groups.at(-1)).toBe("system:authenticated");
  });

  test("reads the groups and the digest of a certificate", async () => {
    await ask(api, { as: pki.alice });
    expect(specs[0]?.groups).toEqual(["dev", "a,system:masters", "system:authenticated"]);
    expect(specs[0]?.extra["authentication.kubernetes.io/credential-id"]?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/u);
  });

  test("adds no group to anonymous clients", async () => {
    await ask(api);
    expect(specs[0]?.groups).toEqual(["system:unauthenticated"]);
  });

  test("judges an open connection again when the trust anchors change, and greets new ones by the new", async () => {
    let current = trust;
    const { port } = await serve({ readTrust: () => current });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(api, { as: pki.alice, agent }, port)).code).toBe(200);
    current = otherTrust;
    const refused = await ask(api, { as: pki.alice, agent }, port);
    // TLS judges a connection once: whoever is refused must be able to try with a new one.
    expect([refused.code, refused.headers["connection"]]).toEqual([401, "close"]);
    current = trust;
    expect((await ask(api, { as: pki.alice }, port)).code).toBe(200);
    agent.destroy();
  });
});

describe("may they", () => {
  test("asks for the metric as subresource of its object", async () => {
    await askFor("zed", web);
    expect(specs).toEqual([
      {
        user: "zed",
        groups: ["system:authenticated"],
        extra: {},
        resourceAttributes: {
          namespace: "shop",
          verb: "get",
          group: "custom.metrics.k8s.io",
          version: "v1beta2",
          resource: "virtualmachinepools.pool.kubevirt.io",
          subresource: "cpu-usageCores",
          name: "web",
        },
      },
    ]);
  });

  test("never asks about system:masters", async () => {
    allow = fail("down");
    expect(
      (await askFor("system:kube-aggregator", `${api}/v1beta2`, { headers: ["X-Remote-Group", "system:masters"] }))
        .code,
    ).toBe(200);
    expect((await ask(api, { as: pki.admin })).code).toBe(200);
    expect(specs).toEqual([]);
  });

  test("refuses what is refused, before it says what exists", async () => {
    allow = ok({ allowed: false, reason: "no rule" });
    for (const [method, path] of [
      ["GET", web],
      ["GET", "/nothing"],
      ["POST", web],
      ["GET", "/readyz/ping"],
    ] as const) {
      const reply = await askFor("zed", path, { method });
      expect(reply.code).toBe(403);
      expect(reply.headers["x-content-type-options"]).toBe("nosniff");
    }
    expect(specs).toHaveLength(4);
  });

  test("refuses when nobody can say, and the log says why", async () => {
    allow = fail("connection refused");
    const reply = await askFor("zed", web);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", code: 500, reason: "InternalError" });
    expect(reply.text).not.toContain("connection refused");
    expect(lines).toContainEqual({
      level: "error",
      message: "Cannot review the access of a client",
      fields: { user: "zed", detail: "connection refused" },
    });
  });
});

describe("what is answered", () => {
  test.for([
    ["metric-value-list-v1beta2", web],
    ["metric-value-list-v1beta1", web.replace("v1beta2", "v1beta1")],
    ["metric-value-list-selector", `${web}?metricLabelSelector=vcpu%3D0%2Cnode%21%3Dn1`],
    ["api-resource-list", `${api}/v1beta1`],
    ["api-group", api],
    ["api-group-list", "/apis"],
    ["openapi-v2", "/openapi/v2"],
    ["openapi-v3", "/openapi/v3"],
    ["openapi-v3-group", "/openapi/v3/apis/custom.metrics.k8s.io/v1beta2"],
    ["not-found", "/apis/custom.metrics.k8s.io/v1"],
  ] as const)("%s", async ([name, path]) => {
    const reply = await askFor("zed", path);
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(reply.headers["cache-control"]).toBe("no-cache, private");
    expect(reply.headers["x-powered-by"]).toBeUndefined();
    expect(reply.headers["etag"] === undefined).toBe(!path.startsWith("/openapi"));
    await expect(pretty(reply.text)).toMatchFileSnapshot(`../golden/${name}.json`);
  });

  const discoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  test("aggregated discovery, letter for letter, once", async () => {
    const reply = await askFor("system:kube-aggregator", "/apis", { headers: ["Accept", discoveryType] });
    const { etag = "" } = reply.headers;
    expect(reply).toMatchObject({
      code: 200,
      headers: { "content-type": discoveryType, vary: "Accept", "cache-control": "public" },
    });
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/u);
    await expect(pretty(reply.text)).toMatchFileSnapshot("../golden/api-group-discovery-list.json");

    const again = await askFor("system:kube-aggregator", "/apis", {
      headers: ["Accept", discoveryType, "If-None-Match", String(etag)],
    });
    expect(again).toMatchObject({ code: 304, text: "", headers: { etag } });
  });

  test.for([
    ["application/json, */*", 200],
    ["application/vnd.kubernetes.protobuf, */*", 200],
    [`${discoveryType},application/json`, 200],
    ["text/html", 406],
    ["application/json;as=Table;v=v1;g=meta.k8s.io", 406],
  ] as const)("Accept: %s gets %d", async ([accept, code]) => {
    const reply = await askFor("zed", web, { headers: ["Accept", accept] });
    expect(reply.code).toBe(code);
    expect(reply.headers["content-type"]).toBe("application/json");
  });

  test.for([
    ["", "curl/8", true],
    ["?pretty=false", "curl/8", false],
    ["?pretty=true", "kubectl/v1.32", true],
    ["", "kubectl/v1.32", false],
  ] as const)("%s for %s is indented: %s", async ([query, agent, indented]) => {
    const { text } = await askFor("zed", web + query, { headers: ["User-Agent", agent] });
    expect(text.startsWith('{\n  "kind"')).toBe(indented);
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("echoes a sane Audit-ID, else makes one", async () => {
    expect((await askFor("zed", web, { headers: ["Audit-ID", "abc-1"] })).headers["audit-id"]).toBe("abc-1");
    expect((await askFor("zed", web, { headers: ["Audit-ID", "x".repeat(65)] })).headers["audit-id"]).toBe("made-here");
    expect((await askFor("zed", web)).headers["audit-id"]).toBe("made-here");
  });

  test("version", async () => {
    const { text } = await askFor("zed", "/version");
    expect(parse(text)).toMatchObject({ major: "0", minor: "1", gitVersion: "v0.1.0" });
    expect(text.startsWith('{\n  "major"')).toBe(true);
  });

  test.for(["/healthz", "/livez", "/readyz"])("%s is open to everybody", async (path) => {
    allow = fail("down");
    expect(await ask(path)).toMatchObject({
      code: 200,
      text: "ok",
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
    expect((await ask(path, { method: "HEAD" })).code).toBe(405);
  });

  test("writes one line for each request, with neither token nor query", async () => {
    await ask(`${web}?labelSelector=secret`, { headers: ["Authorization", "Bearer good"] });
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "debug",
      message: "Answered",
      fields: { user: "carol", verb: "GET", path: web, code: 200, auditId: "made-here" },
    });
    expect(JSON.stringify(lines)).not.toMatch(/good|secret/u);
  });
});

describe("what goes wrong", () => {
  test.for(["OPTIONS", "POST", "PUT", "PATCH", "DELETE"])("%s is not allowed", async (method) => {
    const reply = await askFor("zed", web, { method });
    expect(reply).toMatchObject({ code: 405, headers: { allow: "GET" } });
    expect(parse(reply.text)).toMatchObject({ kind: "Status", reason: "MethodNotAllowed", code: 405 });
  });

  test("HEAD is not allowed either", async () => {
    expect(await askFor("zed", web, { method: "HEAD" })).toMatchObject({
      code: 405,
      text: "",
      headers: { allow: "GET" },
    });
  });

  test.for([
    ["/apis/custom.metrics.k8s.io/v1beta2/", 404, "NotFound"],
    ["/apis//custom.metrics.k8s.io", 404, "NotFound"],
    ["/nothing", 404, "NotFound"],
    ["/livez/nothing", 404, "NotFound"],
    [`${api}/v1beta2/namespaces/shop/pods/%E0%A4%A/x`, 400, "BadRequest"],
    [`${api}/v1beta2/namespaces/shop/x`, 400, "BadRequest"],
    [`${web}?labelSelector=a%3Db%3Dc`, 400, "BadRequest"],
    [`${web}?metricLabelSelector=%21`, 400, "BadRequest"],
    [`${web}?timeout=soon`, 400, "BadRequest"],
    ["http://[", 400, "BadRequest"],
  ] as const)("%s gets %d %s", async ([path, code, reason]) => {
    const reply = await askFor("zed", path);
    expect(reply.code).toBe(code);
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(parse(reply.text)).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason });
  });

  test.for([
    [{ kind: "unknownMetric", metric: "cpu-usageCores", resource: pools, known: ["cpu-stealCores"] }, 404],
    [{ kind: "backendUnavailable", detail: "10.0.0.1 refused" }, 503],
    [{ kind: "backendRejected", detail: "10.0.0.1 said no" }, 500],
    [{ kind: "timedOut" }, 504],
  ] as const)("%j gets %d", async ([error, code]) => {
    answer = () => Promise.resolve(fail(error));
    const reply = await askFor("zed", web);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", code });
    expect(reply.headers["retry-after"]).toBeUndefined();
    expect(reply.text).not.toContain("10.0.0.1");
    expect(JSON.stringify(lines).includes("10.0.0.1")).toBe("detail" in error);
  });

  test("a bug gets 500, and its stack goes to the log", async () => {
    answer = () => {
      throw new Error("broken invariant");
    };
    const reply = await askFor("zed", web);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", code: 500, reason: "InternalError" });
    expect(reply.text).not.toContain("invariant");
    expect(JSON.stringify(lines)).toContain("broken invariant");
  });

  test("no answer in time gets 504; the client may shorten the time", async () => {
    answer = () => new Promise(() => {});
    const { port } = await serve({ deadlineMs: 20 });
    const own = await ask(web, { as: pki.admin }, port);
    expect(parse(own.text)).toMatchObject({
      code: 504,
      reason: "Timeout",
      message: "request did not complete within the allotted 0.02 s",
    });
    const asked = await ask(`${web}?timeout=10ms`, { as: pki.admin });
    expect(parse(asked.text)).toMatchObject({
      code: 504,
      message: "request did not complete within the allotted 0.01 s",
    });
  });

  test("what is not HTTP gets a Status too", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: running.port, rejectUnauthorized: false }, () => {
        socket.write("not http\r\n\r\n");
      });
      let received = "";
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.on("error", reject).on("close", () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /u);
    expect(text).toContain('"kind":"Status"');
  });
});

describe("createApiServer()", () => {
  test("offers HTTP/1.1 only, over TLS 1.2 and 1.3", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const found = await handshake({ ALPNProtocols: ["h2", "http/1.1"], maxVersion: version, minVersion: version });
      expect(found).toEqual(["http/1.1", version]);
    }
    await expect(handshake({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" })).rejects.toThrow(
      /alert|version|ECONNRESET/u,
    );
  });

  test("says why it cannot listen", async () => {
    const taken = createApiServer({ ...minimal, port: running.port, keyPair: serving });
    expect(await taken.start()).toMatchObject({ ok: false });
  });

  test("serves a new certificate to new connections", async () => {
    const next = await client(await authority("next-ca"), "next", { usages: ["serverAuth"] });
    running.server.replaceCertificate(next);
    expect(await peerName()).toBe("next");
    expect((await ask(api, { as: pki.alice })).code).toBe(200);
  });

  test("stops in order: not ready, serving on, then finishing what runs", async () => {
    const delay = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { promise: figure, resolve: report } = Promise.withResolvers<Result<readonly Reading[], MetricError>>();
    answer = () => {
      asked.resolve();
      return figure;
    };
    const { server, port } = await serve({
      sleep: (ms) => (ms === 1 ? delay.promise : new Promise(() => {})),
    });
    servers.delete(server);
    const agent = new Agent({ keepAlive: true });
    const slow = ask(web, { as: pki.admin, agent }, port);
    await asked.promise;

    const stopped = server.stop();
    expect(await ask("/readyz", {}, port)).toMatchObject({ code: 500 });
    expect(await ask("/livez", {}, port)).toMatchObject({ code: 200 });
    expect(await ask(api, { as: pki.admin }, port)).toMatchObject({ code: 200 });

    delay.resolve();
    await expect.poll(() => ask("/livez", {}, port).catch(String)).toContain("ECONNREFUSED");
    report(ok([reading]));
    expect(await slow).toMatchObject({ code: 200, headers: { connection: "close" } });
    await stopped;
    agent.destroy();
  });

  test("does not wait longer than the drain time for what runs", async () => {
    const asked = Promise.withResolvers<void>();
    answer = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const { server, port } = await serve();
    servers.delete(server);
    const slow = ask(web, { as: pki.admin }, port).catch(String);
    await asked.promise;
    await server.stop();
    expect(await slow).toMatch(/ECONNRESET|hang up/u);
  });
});

const minimal = {
  listener: () => {},
  address: "127.0.0.1",
  readTrust: () => ({}),
  minVersion: "TLSv1.2",
  ciphers: undefined,
  beginShutdown: () => {},
  shutdownDelayMs: 0,
  drainMs: 0,
  sleep: () => Promise.resolve(),
} as const;

function handshake(options: Parameters<typeof connect>[1]): Promise<readonly [string | false | null, string | null]> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.port, "127.0.0.1", { ...options, rejectUnauthorized: false }, () => {
      resolve([socket.alpnProtocol, socket.getProtocol()]);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

function peerName(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.port, "127.0.0.1", { rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
