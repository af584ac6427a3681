import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findPrometheus } from "../../sandbox/binaries.ts";
import { type Prometheus, startPrometheus } from "../../sandbox/prometheus.ts";
import { createQuery } from "../../src/query/prometheus.ts";
import { createPrometheusHttp } from "../../src/query/prometheus-http.ts";
import { createSeriesClient } from "../../src/query/rules/series-client.ts";
import { prometheusAt } from "../support/provider.ts";

/** How a real Prometheus answers what rules ask. */

const exposition = `
http_requests_total{namespace="shop",pod="a",path="/"} 3
http_requests_total{namespace="shop",pod="a",path="/\\"quoted\\\\"} 4
http_requests_total{namespace="shop",pod="b",Zone="é"} 5
queue_depth{name="}]{["} NaN
`;

let directory = "";
let exporter: Server;
let prometheus: Prometheus;

beforeAll(async () => {
  const { prometheus: binary } = await findPrometheus({ env: process.env, report: () => undefined });
  directory = mkdtempSync(join(tmpdir(), "rules-"));
  exporter = createServer((_, response) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4").end(exposition);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => exporter.once("listening", resolve));
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  prometheus = await startPrometheus({
    binary,
    directory,
    scrapeConfigs: [{ job_name: "app", static_configs: [{ targets: [target] }] }],
    scrapeIntervalMs: 100,
  });
}, 300_000);

afterAll(async () => {
  await prometheus.stop();
  exporter.close();
  rmSync(directory, { recursive: true });
});

function list(seriesQuery: string) {
  const listSeries = createSeriesClient(createPrometheusHttp(prometheusAt(prometheus.url)), {
    timeoutMs: 10_000,
    partialAnswers: "accept",
  });
  return listSeries(seriesQuery, Date.now() - 3_600_000, new AbortController().signal);
}

describe("createSeriesClient()", () => {
  test("lists each shape once", async () => {
    const usual = { name: "http_requests_total", labels: ["instance", "job", "namespace", "path", "pod"] };
    const zoned = { name: "http_requests_total", labels: ["Zone", "instance", "job", "namespace", "pod"] };
    await vi.waitFor(async () => {
      const found = await list('{__name__=~"http_.*",namespace!=""}');
      expect(found.ok && found.value.toSorted((a, b) => a.labels.length - b.labels.length)).toHaveLength(2);
      expect(found).toMatchObject({ value: expect.arrayContaining([usual, zoned]) as unknown });
    }, 20_000);
  });

  test("is told of a selector that is none", async () => {
    expect(await list("")).toMatchObject({ ok: false, error: { kind: "backendRejected" } });
  });

  test("finds nothing where there is nothing", async () => {
    expect(await list("nothing_of_the_kind")).toEqual({ ok: true, value: [] });
  });
});

describe("createQuery()", () => {
  test.for([
    ['sum(http_requests_total{namespace="shop",pod=~"a|b"}) by (pod)', { type: "vector", series: [{}, {}] }],
    ["scalar(sum(http_requests_total))", { type: "scalar", point: { value: 12 } }],
    ["http_requests_total[1m]", { type: "matrix" }],
    ['"text"', { type: "string" }],
  ] as const)("reads the answer to %s", async ([text, value]) => {
    const query = createQuery(prometheusAt(prometheus.url), "accept");
    await vi.waitFor(async () => {
      expect(await query(text)).toMatchObject({ ok: true, value });
    }, 20_000);
  });
});
