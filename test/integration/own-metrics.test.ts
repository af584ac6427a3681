import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrometheus } from "../../sandbox/binaries.ts";
import { type Prometheus, startPrometheus } from "../../sandbox/prometheus.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { parseExposition } from "../support/exposition.ts";
import { type ObservedScene, serverName, startObservedScene } from "../support/observed-scene.ts";
import { until } from "../support/until.ts";

/** What the adapter says of itself, as Prometheus and its tools take it. */

const directory = mkdtempSync(join(tmpdir(), "own-metrics-"));
let scene: ObservedScene;
let prometheus: Prometheus;

beforeAll(async () => {
  const binaries = await findPrometheus({ env: process.env, report: () => undefined });
  scene = await startObservedScene();
  const targets = [`127.0.0.1:${scene.adapter.port}`];
  const verified = { ca_file: scene.authority, server_name: serverName };
  const job = { scheme: "https", tls_config: verified, static_configs: [{ targets }] };
  prometheus = await startPrometheus({
    binary: binaries.prometheus,
    directory,
    scrapeConfigs: [
      { ...job, job_name: "with-token", authorization: { credentials: "good" } },
      { ...job, job_name: "with-nothing" },
      {
        ...job,
        job_name: "for-another-name",
        authorization: { credentials: "good" },
        tls_config: { ca_file: scene.authority },
      },
    ],
    scrapeIntervalMs: 500,
  });
});

afterAll(async () => {
  await prometheus.stop();
  await scene[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** What Prometheus says of one of its targets. */
interface Target {
  readonly scrapePool: string;
  readonly lastError: string;
}

/** The value of an instant query with at most one result. */
async function valueOf(expr: string): Promise<string | undefined> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const { data } = (await response.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
  return data.result[0]?.value[1];
}

describe("Prometheus", () => {
  test("scrapes it with a token, and takes every sample [wire 32]", async () => {
    await until(
      () => valueOf('up{job="with-token"}'),
      (up) => up === "1",
      30,
    );
    const taken = 'count({job="with-token",__name__!~"up|scrape_.*"})';
    const lost = `scrape_samples_scraped{job="with-token"} - on () ${taken}`;
    expect(
      await until(
        () => valueOf(lost),
        (samples) => samples !== undefined,
        10,
      ),
    ).toBe("0");
    expect(Number(await valueOf(taken))).toBeGreaterThan(100);
    expect(await valueOf('apiserver_request_total{job="with-token",code="404",verb="GET",version="v1beta2"}')).toBe(
      "0",
    );
  });

  test("sends no token to a server that it cannot verify", async () => {
    async function errors(): Promise<string> {
      const response = await fetch(`${prometheus.url}/api/v1/targets`);
      const { data } = (await response.json()) as { data: { activeTargets: readonly Target[] } };
      const targets = data.activeTargets.filter(({ scrapePool }) => scrapePool === "for-another-name");
      return targets.map(({ lastError }) => lastError).join();
    }
    expect(await until(errors, (text) => text !== "", 30)).toContain("x509: ");
  });

  test("is refused without one", async () => {
    await until(
      () => valueOf('up{job="with-nothing"}'),
      (up) => up === "0",
      30,
    );
    expect(await valueOf('scrape_samples_scraped{job="with-nothing"}')).toBe("0");
  });

  test("knows the types and the help of its families", async () => {
    const response = await fetch(`${prometheus.url}/api/v1/targets/metadata?match_target=%7Bjob%3D%22with-token%22%7D`);
    const { data } = (await response.json()) as { data: readonly { metric: string; type: string; help: string }[] };
    const known = data.map(({ metric, type, help }) => ({ name: metric, type, help }));
    const families = (await scene.scrape()).map(({ name, type, help }) => ({ name, type, help }));
    expect(known.toSorted(byName)).toEqual(families.toSorted(byName));
  });

  function byName(a: { readonly name: string }, b: { readonly name: string }): number {
    return a.name < b.name ? -1 : 1;
  }
});

describe("promtool check metrics", () => {
  test("complains of names that Kubernetes gave, and of nothing else", async () => {
    const { promtool = "" } = await findPrometheus({ env: process.env, report: () => undefined });
    const { text } = await scene.ask("/metrics", { headers: ["Authorization", "Bearer good"] });
    expect(parseExposition(text).length).toBeGreaterThan(30);
    const { stdout, stderr } = await runCommand(promtool, ["check", "metrics"], { input: text });
    const complaints = (stdout + stderr).trim().split("\n");
    expect(complaints).toEqual(['authentication_attempts counter metrics should have "_total" suffix']);
  });
});
