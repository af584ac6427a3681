import { once } from "node:events";
import { Agent } from "node:https";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ReviewAccess } from "../../src/apiservice/access.ts";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { createLog } from "../../src/commands/log.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Asking, type Reply } from "../support/api-client.ts";
import { type Serving, type ServingOptions, startApiServer } from "../support/api-server.ts";
import { converse, lastAnswer, openConnection } from "../support/raw-client.ts";
import { authority, validity } from "../support/test-pki.ts";

/** Many clients, slow ones, rude ones, and those that ask for very much. */

const version = "/apis/custom.metrics.k8s.io/v1beta2";
const web = `${version}/namespaces/shop/pods/web-0/cpu-usageCores`;
const good = ["Authorization", "Bearer good"];
const reading: Reading = {
  object: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-0" },
  value: 2.5,
  timestampMs: 0,
};

/** What a review says. */
type Review = Awaited<ReturnType<ReviewAccess>>;

let keyPair: KeyPair;
let running: Serving[];
let signals: AbortSignal[];
let answer: () => Promise<Result<readonly Reading[], MetricError>>;
let lines: string[];

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
});

beforeEach(() => {
  running = [];
  signals = [];
  lines = [];
  answer = () => Promise.resolve(ok([reading]));
});

afterEach(async () => {
  await Promise.all(running.map(({ server }) => server.stop()));
});

async function serve(more: Partial<ServingOptions> = {}): Promise<number> {
  const started = await startApiServer({
    provider: {
      list: () => [],
      listExternal: () => [],
      notice: () => undefined,
      read: (_request, _record, signal) => {
        if (signal !== undefined) signals.push(signal);
        return answer();
      },
      readExternal: () => Promise.resolve(ok([])),
    },
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair,
    log: (_level, message, fields) => lines.push(JSON.stringify({ message, ...fields })),
    ...more,
  });
  running.push(started);
  return started.port;
}

function ask(port: number, path: string, asking: Asking = {}): Promise<Reply> {
  return askApi(port, path, { ...asking, headers: [...good, ...(asking.headers ?? [])] });
}

function statusIn(text: string): unknown {
  const { kind, status, code, reason } = JSON.parse(text) as Record<string, unknown>;
  return { kind, status, code, reason };
}

function failed(code: number, reason: string): unknown {
  return { kind: "Status", status: "Failure", code, reason };
}

describe("in flight", () => {
  /** Requests that wait until the test lets them go. */
  async function occupy(port: number, requests: number) {
    const { promise, resolve: letGo } = Promise.withResolvers<Result<readonly Reading[], MetricError>>();
    answer = () => promise;
    const replies = Array.from({ length: requests }, () => ask(port, web));
    await expect.poll(() => signals.length).toBe(requests);
    return { replies, letGo: () => letGo(ok([reading])) };
  }

  test("a request more than the limit gets 429 and is told to come again in a second [wire 26]", async () => {
    const port = await serve({ maxInFlight: 2 });
    const { replies, letGo } = await occupy(port, 2);
    const refused = await ask(port, web);
    expect(statusIn(refused.text)).toEqual(failed(429, "TooManyRequests"));
    expect(refused.headers["retry-after"]).toBe("1");
    expect(JSON.parse(refused.text)).toMatchObject({ details: { retryAfterSeconds: 1 } });
    letGo();
    expect((await Promise.all(replies)).map(({ code }) => code)).toEqual([200, 200]);
    expect((await ask(port, web)).code).toBe(200);
  });

  test.for([
    "/healthz",
    "/livez",
    "/readyz",
    "/apis",
    "/apis/custom.metrics.k8s.io",
    version,
    "/openapi/v2",
    "/openapi/v3",
    "/version",
  ])("%s is answered while there is no room [wire 26] [trap 14]", async (path) => {
    const port = await serve({ maxInFlight: 1 });
    const { replies, letGo } = await occupy(port, 1);
    expect((await ask(port, path)).code).toBe(200);
    letGo();
    await Promise.all(replies);
  });

  test("a request that failed, or that nobody waits for, leaves its place [wire 26]", async () => {
    const port = await serve({ maxInFlight: 1, deadlineMs: 20 });
    answer = () => Promise.reject(new Error("a bug"));
    expect((await ask(port, web)).code).toBe(500);
    const { promise, resolve } = Promise.withResolvers<Result<readonly Reading[], MetricError>>();
    answer = () => promise;
    expect((await ask(port, web)).code).toBe(504);
    expect((await ask(port, web)).code).toBe(429);
    resolve(ok([]));
    answer = () => Promise.resolve(ok([reading]));
    await expect.poll(async () => (await ask(port, web)).code).toBe(200);
  });

  test("bad credentials take nobody's place [wire 26]", async () => {
    const port = await serve({ maxInFlight: 1 });
    const { replies, letGo } = await occupy(port, 1);
    const refused = await askApi(port, web, { headers: ["Authorization", "Bearer bad"] });
    expect(refused.code).toBe(401);
    letGo();
    await Promise.all(replies);
  });

  test("whoever may read nothing takes nobody's place [wire 26]", async () => {
    const reviewAccess: ReviewAccess = ({ user }) => Promise.resolve(ok({ allowed: user === "carol", reason: "" }));
    const port = await serve({ maxInFlight: 1, reviewAccess });
    const { replies, letGo } = await occupy(port, 1);
    expect((await askApi(port, web)).code).toBe(403);
    letGo();
    await Promise.all(replies);
  });

  test(
    "450 clients without credentials wait for reviews or for a second, and nobody else does [wire 26]",
    { timeout: 15_000 },
    async () => {
      const { promise: reviewed, resolve: letGo } = Promise.withResolvers<Review>();
      const asked: string[] = [];
      const reviewAccess: ReviewAccess = ({ user }) => {
        asked.push(user);
        return user === "carol" ? Promise.resolve(ok({ allowed: true, reason: "" })) : reviewed;
      };
      const port = await serve({ reviewAccess });
      const replies: Reply[] = [];
      const flood = Array.from({ length: 450 }, async () => replies.push(await askApi(port, web)));
      await expect.poll(() => asked.length + replies.length, { timeout: 10_000 }).toBe(450);
      expect(asked).toHaveLength(100);
      expect(new Set(replies.map(({ code }) => code))).toEqual(new Set([429]));
      expect(new Set(replies.map(({ headers }) => headers["retry-after"]))).toEqual(new Set(["1"]));

      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(port, web)));
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
      letGo(ok({ allowed: false, reason: "" }));
      await Promise.all(flood);
      expect(replies.filter(({ code }) => code === 403)).toHaveLength(100);
      expect((await askApi(port, web)).code).toBe(403);
    },
  );

  test.for(["/apis", version, "/openapi/v2"])(
    "%s is answered while as many of the same user as may wait for reviews [wire 26] [trap 14]",
    { timeout: 15_000 },
    async (path) => {
      const { promise: reviewed, resolve: letGo } = Promise.withResolvers<Review>();
      let waiting = 0;
      const reviewAccess: ReviewAccess = (spec) => {
        if ("nonResourceAttributes" in spec) return Promise.resolve(ok({ allowed: true, reason: "" }));
        waiting += 1;
        return reviewed;
      };
      const port = await serve({ reviewAccess });
      const replies = Array.from({ length: 101 }, () => ask(port, web));
      await expect.poll(() => waiting, { timeout: 10_000 }).toBe(100);
      expect((await ask(port, path)).code).toBe(200);
      letGo(ok({ allowed: true, reason: "" }));
      await Promise.all(replies);
    },
  );
});

describe("deadlines", () => {
  test("at the deadline the client gets 504, and the provider is told to ask for nothing more [wire 25]", async () => {
    const port = await serve({ deadlineMs: 20 });
    answer = () => new Promise(() => undefined);
    const late = await ask(port, web);
    expect(statusIn(late.text)).toEqual(failed(504, "Timeout"));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(late.headers["retry-after"]).toBeUndefined();
  });

  test.for([
    ["10ms", 504],
    ["0.01s", 504],
    ["1h", 504],
    ["soon", 400],
    ["-1s", 400],
    ["1", 400],
    ["1d", 400],
  ] as const)("?timeout=%s gets %d [wire 25]", async ([timeout, code]) => {
    const port = await serve({ deadlineMs: 50 });
    answer = () => new Promise(() => undefined);
    const { text } = await ask(port, `${web}?timeout=${timeout}`);
    expect(JSON.parse(text)).toMatchObject({ kind: "Status", code });
  });

  test("a client that goes away takes the request with it [wire 25]", async () => {
    const port = await serve();
    answer = () => new Promise(() => undefined);
    const socket = await openConnection(port);
    socket.write(`GET ${web} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n`);
    await expect.poll(() => signals.length).toBe(1);
    expect(signals[0]?.aborted).toBe(false);
    socket.destroy();
    await expect.poll(() => signals[0]?.aborted).toBe(true);
    expect((await ask(port, "/apis")).code).toBe(200);
  });
});

describe("slow and rude clients", () => {
  test("connections that are idle stay open for longer than the 90 s of the aggregator [wire 22] [trap 4]", async () => {
    const port = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { headers } = await ask(port, "/apis", { agent });
    expect(headers["keep-alive"]).toBe("timeout=120");
    agent.destroy();
  });

  test("an idle connection is used again after longer than headers may take [wire 22] [trap 4]", async () => {
    const port = await serve({ headersMs: 30 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    agent.on("free", (socket) => sockets.add(socket));
    expect((await ask(port, "/apis", { agent })).code).toBe(200);
    // Another connection sees the time go by.
    await converse(port, "GET / HTTP/1.1\r\n");
    expect((await ask(port, "/apis", { agent })).code).toBe(200);
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  test("headers that do not come to an end get 408 [wire 10]", async () => {
    const port = await serve({ headersMs: 30 });
    const { code, body } = lastAnswer(await converse(port, `GET ${web} HTTP/1.1\r\nHost: a\r\nX-`));
    expect(code).toBe(408);
    expect(statusIn(body)).toEqual(failed(408, "Timeout"));
  });

  test("whoever does not read an answer is not waited for", { timeout: 15_000 }, async () => {
    const port = await serve({ deadlineMs: 500, readMs: 20 });
    answer = () => Promise.resolve(ok(Array.from({ length: 100_000 }, () => reading)));
    const socket = await openConnection(port);
    socket.pause().on("error", () => undefined);
    socket.write(`GET ${web.replace("web-0", "*")} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n`);
    await expect.poll(() => lines.join(), { timeout: 10_000 }).toContain("not read to the end");
    socket.destroy();
  });

  test("a connection that is dropped in the middle of anything harms nobody else", async () => {
    const port = await serve();
    const whole = `GET ${web} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n`;
    for (const length of [0, 1, 20, whole.length - 2, whole.length]) {
      const socket = await openConnection(port);
      socket.write(whole.slice(0, length));
      socket.destroy();
      await once(socket, "close");
    }
    expect((await ask(port, web)).code).toBe(200);
    expect(lines.filter((line) => line.includes("Cannot"))).toEqual([]);
  });

  test("a body is drained and not read, and the connection goes on [trap 9]", async () => {
    const port = await serve();
    const get = `GET ${web} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n`;
    const received = await converse(port, `${get}Content-Length: 9\r\n\r\n{"a":"b"}${get}Connection: close\r\n\r\n`);
    expect(received.match(/HTTP\/1\.1 200 OK/gu)).toHaveLength(2);
  });
});

describe("the log", () => {
  test.for([
    ["late ones", "Cannot answer a request in time", web, 504],
    ["that meet a bug", "Cannot answer a request", `${web}?timeout=1h`, 500],
    ["about a health that is bad", "Not healthy", "/readyz", 500],
  ] as const)("has one line for twenty requests, %s", async ([, message, path, code]) => {
    const port = await serve({ deadlineMs: 500, ready: [{ name: "objects", problem: () => "not listed" }] });
    answer = () => (code === 504 ? new Promise(() => undefined) : Promise.reject(new Error("a bug")));
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask(port, path)));
    expect(new Set(replies.map((reply) => reply.code))).toEqual(new Set([code]));
    expect(lines.filter((line) => line.startsWith(`{"message":"${message}"`))).toHaveLength(1);
  });

  test("has no control characters of clients: neither of a path nor of a user", async () => {
    const written: string[] = [];
    const port = await serve({ log: createLog({ write: (line) => written.push(line), verbosity: 9, now: () => 0 }) });
    answer = () => Promise.resolve(fail({ kind: "backendUnavailable", detail: "gone" }));
    const reply = await ask(port, `${version}/namespaces/shop/pods/web-0/cpu%0A%1B%5B31m%C2%9B%E2%80%AE%00`);
    expect(reply.code).toBe(503);
    await expect.poll(() => written.length).toBe(2);
    expect(written.join("").split("\n")).toHaveLength(3);
    expect(written.join("")).not.toMatch(/[^\n\u0020-\u007e]/u);
    expect(written[0]).toContain(String.raw`cpu\n\u001b[31m\u009b\u202e\u0000`);
  });
});

describe("too large, or not understood", () => {
  const close = "Host: a\r\nConnection: close\r\nAuthorization: Bearer good\r\n";
  const long = "x".repeat(100_000);

  test.for([
    ["a path of 100 kB", `GET ${version}/namespaces/shop/pods/web-0/${long} HTTP/1.1\r\n${close}\r\n`, 414],
    ["a selector of 100 kB", `GET ${web}?labelSelector=${long} HTTP/1.1\r\n${close}\r\n`, 414],
    ["a selector of 30 kB", `GET ${web}?labelSelector=${long.slice(0, 30_000)} HTTP/1.1\r\n${close}\r\n`, 400],
    ["headers of 2 MB", `GET ${web} HTTP/1.1\r\nX-Long: ${long.repeat(20)}\r\n${close}\r\n`, 431],
    ["a path of 2 MB", `GET /${long.repeat(20)} HTTP/1.1\r\n${close}\r\n`, 431],
    ["an expectation that nobody knows", `GET ${web} HTTP/1.1\r\n${close}Expect: miracles\r\n\r\n`, 417],
    ["CONNECT", `CONNECT elsewhere:443 HTTP/1.1\r\n${close}\r\n`, 405],
    ["a proxy's request", `GET http://elsewhere/ HTTP/1.1\r\n${close}\r\n`, 400],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${close}\r\n`, 400],
    ["TRACE", `TRACE ${web} HTTP/1.1\r\n${close}\r\n`, 405],
    ["an unknown method", `BREW ${web} HTTP/1.1\r\n${close}\r\n`, 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["two lengths", `GET ${web} HTTP/1.1\r\n${close}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    [
      "a length and chunks",
      `POST ${web} HTTP/1.1\r\n${close}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ["a header with a control character", `GET ${web} HTTP/1.1\r\nX: \u0001\r\n${close}\r\n`, 400],
    ["noise", "\u0000\u0001\u0002\r\n\r\n", 400],
  ] as const)("%s gets a Status [wire 10]", async ([, sent, code]) => {
    const port = await serve();
    const reply = lastAnswer(await converse(port, sent));
    expect(reply.code).toBe(code);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code });
    expect((await ask(port, web)).code).toBe(200);
  });

  test("an answer is not taken back while its client goes on sending [wire 10]", async () => {
    const port = await serve();
    const sent = `GET /${long.repeat(300)} HTTP/1.1\r\n${close}\r\n`;
    const codes = [];
    for (let time = 0; time < 8; time += 1) codes.push(lastAnswer(await converse(port, sent)).code);
    expect(codes).toEqual(Array.from({ length: 8 }, () => 431));
  });

  test("headers of 100 kB are a user with many groups [trap 3]", async () => {
    const port = await serve();
    const { code } = await ask(port, web, { headers: ["X-Long", long] });
    expect(code).toBe(200);
  });

  test("100-continue is answered by the server itself", async () => {
    const port = await serve();
    const received = await converse(port, `GET ${web} HTTP/1.1\r\n${close}Expect: 100-continue\r\n\r\n`);
    expect(received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/u);
  });

  test("a connection that is to be another protocol stays what it is", async () => {
    const port = await serve();
    const upgrade = `GET ${web} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`;
    expect(lastAnswer(await converse(port, upgrade)).code).toBe(200);
  });
});
