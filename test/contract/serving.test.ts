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
import { authority, client, validity } from "../support/test-pki.ts";

const api = "/apis/custom.metrics.k8s.io";
const web = `${api}/v1beta2/namespaces/shop/virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores`;
const pools = { group: "pool.kubevirt.io", resource: "virtualmachinepools" };
const reading: Reading = {
  object: { apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", namespace: "shop", name: "web" },
  value: 2.5,
  timestampMs: Date.parse("2024-01-02T03:04:05.678Z"),
  windowSeconds: 60,
};

const pki = {} as Record<"proxy" | "alice" | "admin", KeyPair>;
let serving: KeyPair;
let trust: TrustAnchors;

// What the fakes answer and what they saw, fresh for each test.
let answer: (request: MetricRequest) => Promise<Result<readonly Reading[], MetricError>>;
let allow: Result<{ allowed: boolean; reason: string }, string>;
let specs: AccessSpec[];
let lines: { level: string; message: string; fields: unknown }[];
let running: { server: ApiServer; port: number };

beforeAll(async () => {
  const [servingCa, proxyCa, clientCa] = await Promise.all(["serving-ca", "proxy-ca", "client-ca"].map(authority));
  if (!servingCa || !proxyCa || !clientCa) throw new Error("unreachable");
  Object.assign(pki, {
    proxy: await client(proxyCa, "front-proxy-client"),
    alice: await client(clientCa, "alice"),
    admin: await client(clientCa, "admin", { organizations: ["system:masters"] }),
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

describe("may they", () => {
  test("asks for the metric as subresource of its object [wire 14] [wire 13]", async () => {
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

  test("never asks about system:masters [wire 1] [wire 16]", async () => {
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

  test("refuses when nobody can say, and the log says why [wire 15]", async () => {
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
  ] as const)("%s [wire 2] [wire 5] [wire 20] [wire 28] [trap 7]", async ([name, path]) => {
    const reply = await askFor("zed", path);
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(reply.headers["cache-control"]).toBe("no-cache, private");
    expect(reply.headers["x-powered-by"]).toBeUndefined();
    expect(reply.headers["etag"] === undefined).toBe(!path.startsWith("/openapi"));
    await expect(pretty(reply.text)).toMatchFileSnapshot(`../golden/${name}.json`);
  });

  const discoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  test("aggregated discovery, letter for letter, once [wire 19] [wire 31]", async () => {
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

  test("echoes a sane Audit-ID, else makes one [wire 28]", async () => {
    expect((await askFor("zed", web, { headers: ["Audit-ID", "abc-1"] })).headers["audit-id"]).toBe("abc-1");
    expect((await askFor("zed", web, { headers: ["Audit-ID", "x".repeat(65)] })).headers["audit-id"]).toBe("made-here");
    expect((await askFor("zed", web)).headers["audit-id"]).toBe("made-here");
  });

  test("version", async () => {
    const { text } = await askFor("zed", "/version");
    expect(parse(text)).toMatchObject({ major: "0", minor: "1", gitVersion: "v0.1.0" });
    expect(text.startsWith('{\n  "major"')).toBe(true);
  });

  test.for(["/healthz", "/livez", "/readyz"])("%s is open to everybody [wire 18]", async (path) => {
    allow = fail("down");
    expect(await ask(path)).toMatchObject({
      code: 200,
      text: "ok",
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
    expect((await ask(path, { method: "HEAD" })).code).toBe(405);
  });

  test("writes one line for each request, with neither token nor query [trap 15]", async () => {
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
  test.for(["OPTIONS", "POST", "PUT", "PATCH", "DELETE"])("%s is not allowed [wire 10]", async (method) => {
    const reply = await askFor("zed", web, { method });
    expect(reply).toMatchObject({ code: 405, headers: { allow: "GET" } });
    expect(parse(reply.text)).toMatchObject({ kind: "Status", reason: "MethodNotAllowed", code: 405 });
  });

  test("HEAD is not allowed either [wire 10] [trap 8]", async () => {
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
    [`${web}?timeout=soon`, 400, "BadRequest"],
    ["http://[", 400, "BadRequest"],
  ] as const)("%s gets %d %s [wire 8] [wire 10] [trap 7]", async ([path, code, reason]) => {
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
  ] as const)("%j gets %d [wire 10]", async ([error, code]) => {
    answer = () => Promise.resolve(fail(error));
    const reply = await askFor("zed", web);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", code });
    expect(reply.headers["retry-after"]).toBeUndefined();
    expect(reply.text).not.toContain("10.0.0.1");
    expect(JSON.stringify(lines).includes("10.0.0.1")).toBe("detail" in error);
  });

  test("an outage of the backend is told once a minute, however many ask", async () => {
    answer = () => Promise.resolve(fail({ kind: "backendUnavailable", detail: "refused" }));
    await Promise.all(Array.from({ length: 20 }, () => askFor("zed", web)));
    expect(lines.filter(({ message }) => message === "Cannot fetch metrics")).toEqual([
      {
        level: "error",
        message: "Cannot fetch metrics",
        fields: { kind: "backendUnavailable", metric: "cpu-usageCores", detail: "refused" },
      },
    ]);
  });

  test("a bug gets 500, and its stack goes to the log [wire 10] [trap 7]", async () => {
    answer = () => {
      throw new Error("broken invariant");
    };
    const reply = await askFor("zed", web);
    expect(parse(reply.text)).toMatchObject({ kind: "Status", code: 500, reason: "InternalError" });
    expect(reply.text).not.toContain("invariant");
    expect(JSON.stringify(lines)).toContain("broken invariant");
  });

  test("no answer in time gets 504; the client may shorten the time [wire 25]", async () => {
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

  test("what is not HTTP gets a Status too [wire 10]", async () => {
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
  test("offers HTTP/1.1 only, over TLS 1.2 and 1.3 [wire 23]", async () => {
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

  test("serves a new certificate to new connections [wire 23]", async () => {
    const next = await client(await authority("next-ca"), "next", { usages: ["serverAuth"] });
    running.server.replaceCertificate(next);
    expect(await peerName()).toBe("next");
    expect((await ask(api, { as: pki.alice })).code).toBe(200);
  });

  test("stops in order: not ready, serving on, then finishing what runs [wire 24]", async () => {
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

  test("does not wait longer than the drain time for what runs [wire 24]", async () => {
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
