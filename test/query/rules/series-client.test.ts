import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { createPrometheusHttp } from "../../../src/query/prometheus-http.ts";
import { createSeriesClient, type SeriesClientOptions } from "../../../src/query/rules/series-client.ts";
import { listen } from "../../support/listen.ts";
import { prometheusAt } from "../../support/provider.ts";

const up = { name: "up", labels: ["job"] };
const data = [{ __name__: "up", job: "a" }];
const never = new AbortController().signal;

function answering(body: unknown, status = 200): Promise<string> {
  return listen((_, response) => {
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

function list(url: string, options: Partial<SeriesClientOptions> = {}, signal = never) {
  const ask = createPrometheusHttp({ ...prometheusAt(url), method: "GET" });
  return createSeriesClient(ask, { timeoutMs: 1_000, partialAnswers: "accept", ...options })(
    '{job!=""}',
    1_700_000_000_500,
    signal,
  );
}

describe("createSeriesClient()", () => {
  test("lists what a selector finds", async () => {
    expect(await list(await answering({ status: "success", data }))).toEqual({ ok: true, value: [up] });
  });

  test("asks for the selector as it is, and for the time in seconds", async () => {
    const seen = Promise.withResolvers<IncomingMessage>();
    const url = await listen((request, response) => {
      seen.resolve(request);
      response.end(JSON.stringify({ status: "success", data: [] }));
    });
    await list(`${url}/prefix`);
    const { pathname, searchParams } = new URL((await seen.promise).url ?? "", url);
    expect([pathname, ...searchParams]).toEqual([
      "/prefix/api/v1/series",
      ["match[]", '{job!=""}'],
      ["start", "1700000000.5"],
    ]);
  });

  test.for([
    [
      "an error",
      400,
      { status: "error", errorType: "bad_data", error: "parse error" },
      "backendRejected",
      "parse error",
    ],
    ["no list", 200, { status: "success", data: null }, "backendRejected", "no list"],
    [
      "a list of something else",
      200,
      { status: "success", data: ["up"] },
      "backendUnavailable",
      "Cannot read the series",
    ],
    ["a proxy's page", 502, "<html>", "backendUnavailable", "HTTP 502"],
    ["a refusal without JSON", 401, "Unauthorized\n", "backendUnavailable", "HTTP 401"],
    ["a refusal with data", 503, { status: "error", error: "x", data: [] }, "backendUnavailable", "HTTP 503"],
    ["series in a refusal", 500, { status: "success", data }, "backendUnavailable", "HTTP 500"],
    ["an answer that is cut off", 200, '{"status":"success","data":[{"a":"b"},', "backendUnavailable", "cut off"],
  ] as const)("%s is an error", async ([, status, body, kind, detail]) => {
    const answer = await list(await answering(body, status));
    expect(answer).toMatchObject({ ok: false, error: { kind, detail: expect.stringContaining(detail) as unknown } });
  });

  test.for([
    ["accept", true],
    ["refuse", false],
  ] as const)("with partial answers on %s", async ([partialAnswers, good]) => {
    const url = await answering({ status: "success", data, warnings: ["a store is gone"] });
    expect((await list(url, { partialAnswers })).ok).toBe(good);
  });

  test("a list that does not end is given up at the deadline", async () => {
    const url = await listen((_, response) => void response.writeHead(200).write('{"status":"success","data":['));
    expect(await list(url, { timeoutMs: 50 })).toEqual({ ok: false, error: { kind: "timedOut" } });
  });

  test("ends with its signal", async () => {
    const url = await listen((request) => void text(request));
    expect((await list(url, {}, AbortSignal.timeout(20))).ok).toBe(false);
  });
});
