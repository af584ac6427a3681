import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { known, promql, selector } from "../../src/promql/expression.ts";
import { createPrometheus, createQuery, type PrometheusOptions } from "../../src/query/prometheus.ts";
import { listen } from "../support/listen.ts";

const up = promql`${selector(known("up"), [])}`;

const defaults = {
  authorization: () => Promise.resolve(undefined),
  method: "GET",
  headers: {},
  tls: {},
  timeoutMs: 1_000,
  maxBytes: 10_000,
  connections: 2,
} as const;

function ask(url: string, options: Partial<PrometheusOptions> = {}) {
  return createPrometheus({ url, ...defaults, ...options })(up);
}

/** A Prometheus that always gives the same answer. */
function answering(body: unknown, status = 200): Promise<string> {
  return listen((_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

/** An instant vector of one series, be it a bad one. */
function one(series: unknown): object {
  return { status: "success", data: { resultType: "vector", result: [series] } };
}

function vector(value: unknown, more: object = {}): object {
  return {
    status: "success",
    data: { resultType: "vector", result: [{ metric: { pod: "a" }, value: [1_700_000_000.5, value] }] },
    ...more,
  };
}

describe("createPrometheus()", () => {
  test.for([
    ["0.25", 0.25],
    ["1e+3", 1_000],
    ["NaN", NaN],
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
  ] as const)("reads the sample %s", async ([written, value]) => {
    const url = await answering(vector(written));
    const series = [{ labels: { pod: "a" }, points: [{ timestampMs: 1_700_000_000_500, value }] }];
    expect(await ask(url)).toEqual({ ok: true, value: series });
  });

  test("reads the samples of a range", async () => {
    const result = [
      {
        metric: {},
        values: [
          [1, "1"],
          [2.5, "2"],
        ],
      },
    ];
    const url = await answering({ status: "success", data: { resultType: "matrix", result } });
    const points = [
      { timestampMs: 1_000, value: 1 },
      { timestampMs: 2_500, value: 2 },
    ];
    expect(await ask(url)).toEqual({ ok: true, value: [{ labels: {}, points }] });
  });

  test.for([
    [
      "a query that Prometheus refuses",
      422,
      { status: "error", errorType: "execution", error: "boom" },
      "backendRejected",
      "boom",
    ],
    [
      "a query that it cannot read",
      400,
      { status: "error", errorType: "bad_data", error: "parse error" },
      "backendRejected",
      "parse error",
    ],
    [
      "an overloaded server",
      503,
      { status: "error", errorType: "unavailable", error: "try later" },
      "backendUnavailable",
      "try later",
    ],
    ["a proxy's error page", 502, "<html>Bad Gateway</html>", "backendUnavailable", "HTTP 502"],
    ["a login page", 200, "<html>Log in</html>", "backendUnavailable", "not the JSON"],
    [
      "an error that is said with 200",
      200,
      { status: "error", errorType: "internal", error: "oops" },
      "backendUnavailable",
      "oops",
    ],
    ["an answer with warnings", 200, vector("1", { warnings: ["store gone"] }), "backendRejected", "store gone"],
    ["a partial answer", 200, vector("1", { isPartial: true }), "backendRejected", "partial"],
    [
      "a native histogram",
      200,
      { status: "success", data: { resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] } },
      "backendRejected",
      "not numbers",
    ],
    ["an answer without result", 200, { status: "success" }, "backendRejected", "no result"],
    ["an answer of no type", 200, { status: "success", data: { result: [] } }, "backendRejected", "no result"],
    [
      "an answer of a scalar",
      200,
      { status: "success", data: { resultType: "scalar", result: [0, "1"] } },
      "backendRejected",
      "a scalar instead of",
    ],
    ["warnings that are no list", 200, vector("1", { warnings: "store gone" }), "backendRejected", "store gone"],
    ["success with an error's code", 500, vector("1"), "backendUnavailable", "HTTP 500"],
    ...["", " ", "1.5 ", "0x10", "1,5", "Infinity", "inf", "abc"].map(
      (number) =>
        [`the number ${JSON.stringify(number)}`, 200, vector(number), "backendRejected", "not numbers"] as const,
    ),
    ...[-1, 253_402_300_800, 1e308, null, "1"].map(
      (seconds) =>
        [
          `the time ${String(seconds)}`,
          200,
          one({ metric: {}, value: [seconds, "1"] }),
          "backendRejected",
          "not numbers",
        ] as const,
    ),
    ["a label that is no text", 200, one({ metric: { pod: 1 }, value: [1, "1"] }), "backendRejected", "not text"],
    ["a series that is null", 200, one(null), "backendRejected", "not numbers"],
    ["an error without end", 500, { status: "error", error: "x".repeat(9_000) }, "backendUnavailable", "x".repeat(900)],
    ["an answer that is null", 200, "null", "backendUnavailable", "not the JSON"],
  ] as const)("%s is an error", async ([, status, body, kind, detail]) => {
    const answer = await ask(await answering(body, status));
    expect(answer).toEqual({ ok: false, error: { kind, detail: expect.stringContaining(detail) as unknown } });
  });

  test("infos are not warnings", async () => {
    expect((await ask(await answering(vector("1", { infos: ["metric might not be a counter"] })))).ok).toBe(true);
  });

  test("an answer that does not end is given up at the deadline", async () => {
    const url = await listen((_, response) => {
      response.writeHead(200).write("{");
    });
    expect(await ask(url, { timeoutMs: 50 })).toEqual({ ok: false, error: { kind: "timedOut" } });
  });

  test("an answer that is too long is not read to its end", async () => {
    const answer = await ask(await answering(vector("1", { padding: "x".repeat(20_000) })));
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: "backendUnavailable", detail: /longer than 10000 bytes/u },
    });
  });

  test("a server that is not there is unavailable", async () => {
    expect(await ask("http://127.0.0.1:1")).toMatchObject({ ok: false, error: { kind: "backendUnavailable" } });
  });
});

describe("createQuery()", () => {
  test.for([
    [
      { resultType: "vector", result: [] },
      { type: "vector", series: [] },
    ],
    [
      { resultType: "matrix", result: [] },
      { type: "matrix", series: [] },
    ],
    [
      { resultType: "scalar", result: [1.5, "NaN"] },
      { type: "scalar", point: { timestampMs: 1_500, value: NaN } },
    ],
    [{ resultType: "string", result: [1, "x"] }, { type: "string" }],
  ] as const)("reads %j", async ([data, value]) => {
    const url = await answering({ status: "success", data });
    expect(await createQuery({ ...defaults, url }, "accept")("whatever")).toEqual({ ok: true, value });
  });

  test.for([
    ["accept", true],
    ["refuse", false],
  ] as const)("with partial answers on %s", async ([partialAnswers, good]) => {
    const url = await answering(vector("1", { warnings: ["a store is gone"] }));
    expect((await createQuery({ ...defaults, url }, partialAnswers)("up")).ok).toBe(good);
  });
});

describe("the question", () => {
  async function asked(
    options: Partial<PrometheusOptions> = {},
    path = "/prefix/",
  ): Promise<{ request: IncomingMessage; body: string }> {
    const seen = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
    const url = await listen((request: IncomingMessage, response: ServerResponse) => {
      void text(request).then((body) => seen.resolve({ request, body }));
      response.end(JSON.stringify(vector("1")));
    });
    await ask(url + path, options);
    return seen.promise;
  }

  test("goes by GET below the address's own path, without a time, so that Prometheus uses its own clock", async () => {
    const { request } = await asked();
    expect(request.url).toBe("/prefix/api/v1/query?query=up%7B%7D&latency_offset=1ms");
  });

  test("goes by POST when that is asked for", async () => {
    const { request, body } = await asked({ method: "POST" });
    expect([request.url, body]).toEqual(["/prefix/api/v1/query", "query=up%7B%7D&latency_offset=1ms"]);
  });

  test("carries headers and the token of the moment", async () => {
    const { request } = await asked({
      headers: { "x-scope-orgid": "team" },
      authorization: () => Promise.resolve("Bearer t1"),
    });
    expect(request.headers).toMatchObject({ "x-scope-orgid": "team", authorization: "Bearer t1" });
  });

  test("carries a header with several values as often", async () => {
    const { request } = await asked({ headers: { foo: ["bar", "baz"] } });
    expect(request.headersDistinct["foo"]).toEqual(["bar", "baz"]);
  });

  test.for([
    ["GET", "/prefix/api/v1/query?dedup=true&query=up%7B%7D&latency_offset=1ms"],
    ["POST", "/prefix/api/v1/query?dedup=true"],
  ] as const)("carries the address's own parameters by %s", async ([method, path]) => {
    const { request } = await asked({ method }, "/prefix/?dedup=true");
    expect(request.url).toBe(path);
  });

  test("goes by POST when it is too long for an address", async () => {
    const seen = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
    const url = await listen((request: IncomingMessage, response: ServerResponse) => {
      void text(request).then((body) => seen.resolve({ request, body }));
      response.end(JSON.stringify(vector("1")));
    });
    const names = Array.from({ length: 1_500 }, (_, index) => `pod-${index}`).join("|");
    await createQuery({ ...defaults, url }, "accept")(`up{pod=~"${names}"}`);
    const { request, body } = await seen.promise;
    expect([request.method, request.url, new URLSearchParams(body).get("query")]).toEqual([
      "POST",
      "/api/v1/query",
      `up{pod=~"${names}"}`,
    ]);
  });
});

describe("createPrometheus() with credentials", () => {
  test.for([
    ["that never come", () => new Promise<never>(() => {}), { kind: "timedOut" }],
    [
      "that cannot be read",
      () => Promise.reject(new Error("no such token")),
      { kind: "backendUnavailable", detail: "no such token" },
    ],
  ] as const)("%s is an error in time", async ([, authorization, error]) => {
    expect(await ask("http://127.0.0.1:1", { authorization, timeoutMs: 50 })).toEqual({ ok: false, error });
  });
});

describe("createPrometheus() tells of questions", () => {
  test.for([
    ["an answer", () => answering(vector("1")), 200],
    ["a refusal", () => answering({ status: "error", errorType: "bad_data", error: "no" }, 400), 400],
    ["nobody there", () => Promise.resolve("http://127.0.0.1:1"), undefined],
    ["an answer that breaks off", () => listen((_, response) => cutOff(response)), undefined],
    ["an answer that is too long", () => answering("x".repeat(10_001)), undefined],
  ] as const)("%s", async ([, start, status]) => {
    const told: unknown[] = [];
    await ask(await start(), {
      observe: (path) => {
        told.push(path);
        return (code) => told.push(code);
      },
    });
    expect(told).toEqual(["/api/v1/query", status]);
  });

  function cutOff(response: ServerResponse): void {
    response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy());
  }
});
