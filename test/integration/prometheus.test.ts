import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findPrometheus } from "../../sandbox/binaries.ts";
import { type Prometheus, type PrometheusOptions, startPrometheus } from "../../sandbox/prometheus.ts";

let binary = "";
let directory = "";
let exporter: Server;
let prometheus: Prometheus;

beforeAll(async () => {
  binary = (await findPrometheus({ env: process.env, report: () => undefined })).prometheus;
  directory = mkdtempSync(join(tmpdir(), "prometheus-"));
  exporter = createServer((_, response) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4").end("vms 3\n");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => exporter.once("listening", resolve));
  prometheus = await startPrometheus(options("main"));
}, 300_000);

afterAll(async () => {
  await prometheus.stop();
  exporter.close();
  rmSync(directory, { recursive: true });
});

/** Options for a Prometheus that scrapes the exporter every 100 ms. */
function options(name: string): PrometheusOptions {
  const address = exporter.address();
  const target = typeof address === "object" ? `127.0.0.1:${address?.port}` : "";
  return {
    binary,
    directory: join(directory, name),
    scrapeConfigs: [{ job_name: "vms", static_configs: [{ targets: [target] }] }],
    scrapeIntervalMs: 100,
  };
}

/** The whole answer to an instant query. */
async function query(expr: string): Promise<unknown> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  return response.json();
}

const generous = { timeout: 10_000, interval: 50 };

describe("startPrometheus()", { timeout: 30_000 }, () => {
  test("scrapes what it is told to", async () => {
    await vi.waitFor(async () => {
      expect(await query("vms")).toMatchObject({
        status: "success",
        data: { result: [{ metric: { job: "vms" }, value: [expect.any(Number), "3"] }] },
      });
    }, generous);
  });

  test("cannot be told to end or to delete by whoever reaches its port", async () => {
    const paths = ["/-/quit", "/api/v1/admin/tsdb/delete_series?match[]=vms"];
    const answers = await Promise.all(paths.map(async (path) => fetch(prometheus.url + path, { method: "POST" })));
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
  });

  test("keeps its address and its data over an outage", async () => {
    const { url } = prometheus;
    const before = prometheus.pid();
    const stoppedAtSeconds = Date.now() / 1_000;
    await prometheus.stop();
    await expect(query("vms")).rejects.toThrow("fetch failed");
    await prometheus.restart();
    expect(prometheus.url).toBe(url);
    expect(prometheus.pid()).not.toBe(before);
    expect(await query(`vms @ ${stoppedAtSeconds}`)).toMatchObject({
      data: { result: [{ value: [expect.any(Number), "3"] }] },
    });
  });

  test("restarts one that runs", async () => {
    const before = prometheus.pid();
    await prometheus.restart();
    expect(prometheus.pid()).not.toBe(before);
    expect(await query("1")).toMatchObject({ status: "success" });
  });

  test("rejects with what Prometheus says of a wrong configuration", async () => {
    const wrong = startPrometheus({ ...options("wrong"), scrapeConfigs: [{ job: "vms" }] });
    await expect(wrong).rejects.toThrow(/Cannot start "prometheus": ended with code [12].*field job not found/su);
  });
});
