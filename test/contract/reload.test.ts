import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { askApi } from "../support/api-client.ts";
import { listen } from "../support/listen.ts";
import {
  answer,
  heldBy,
  listOf,
  type ScriptedKubernetes,
  startScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { type ServedAdapter, startAdapter } from "../support/served-adapter.ts";
import { authority, validity } from "../support/test-pki.ts";

/** The adapter as it is put together in production, whose configuration changes as a ConfigMap does. */

const mayTake = { timeout: 15_000, interval: 100 };
let keyPair: KeyPair;
let kubernetes: ScriptedKubernetes;
let adapter: ServedAdapter;
let folder: string;
let generation = 0;

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
});

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  const resources = [
    { name: "pods", singularName: "pod", kind: "Pod", namespaced: true, verbs: ["get", "list"] },
    { name: "namespaces", singularName: "namespace", kind: "Namespace", namespaced: false, verbs: ["get", "list"] },
  ];
  kubernetes.script("GET /api", answer({ kind: "APIVersions", versions: ["v1"] }));
  kubernetes.script("GET /apis", answer({ kind: "APIGroupList", groups: [] }));
  kubernetes.script("GET /api/v1", answer({ kind: "APIResourceList", groupVersion: "v1", resources }));
  folder = await mkdtemp(join(tmpdir(), "reload-"));
});

afterEach(async () => {
  await adapter.stop();
  await kubernetes.close();
  await rm(folder, { recursive: true });
});

/** Puts a file in place as the kubelet does: a new folder, to which a symbolic link is moved at once. */
async function mount(config: string): Promise<string> {
  generation += 1;
  const content = join(folder, `..${generation}`);
  await mkdir(content);
  await writeFile(join(content, "config.yaml"), config);
  await symlink(content, join(folder, "..next"));
  await rename(join(folder, "..next"), join(folder, "..data"));
  const file = join(folder, "config.yaml");
  await symlink(join("..data", "config.yaml"), file).catch(() => undefined); // there since the first time
  return file;
}

interface FakePrometheus {
  readonly url: string;
  /** How often it was asked to list series. */
  readonly lists: () => number;
  /** Who asked last. */
  readonly authorization: () => string | undefined;
  /** From here on it does not answer. */
  readonly hang: () => void;
}

/** A Prometheus with one series of each name that is asked for. */
async function startPrometheus(): Promise<FakePrometheus> {
  let lists = 0;
  let hangs = false;
  let authorization: string | undefined;
  const url = await listen((request, response) => {
    void (async () => {
      const body = new URLSearchParams(await text(request));
      const { pathname, searchParams } = new URL(request.url ?? "", "http://p");
      const name = searchParams.get("match[]") ?? body.get("match[]");
      if (pathname === "/api/v1/series") lists += 1;
      ({ authorization } = request.headers);
      if (hangs) return;
      const data =
        name === null ? { resultType: "vector", result: [] } : [{ __name__: name, namespace: "shop", pod: "a" }];
      response.end(JSON.stringify({ status: "success", data }));
    })();
  });
  return {
    url,
    lists: () => lists,
    authorization: () => authorization,
    hang: () => {
      hangs = true;
    },
  };
}

async function start(config: string, ...flags: readonly string[]): Promise<void> {
  const file = await mount(config);
  adapter = await startAdapter(
    { kubernetes, keyPair },
    `--config=${file}`,
    "--authorization-always-allow-paths=/*",
    ...flags,
  );
}

function rulesFor(...series: readonly string[]): string {
  const resources = { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } };
  const metricsQuery = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
  return JSON.stringify({
    vms: { enabled: false },
    serving: { shutdownDelay: "0s" },
    rules: series.map((seriesQuery) => ({ seriesQuery, resources, metricsQuery })),
  });
}

const changed = { message: "The configuration has changed" };

function kubeconfigWith(token: string): string {
  return JSON.stringify({
    clusters: [{ name: "prometheus", cluster: { server: "https://prometheus" } }],
    users: [{ name: "adapter", user: { token } }],
    contexts: [{ name: "here", context: { cluster: "prometheus", user: "adapter" } }],
    "current-context": "here",
  });
}

/** The names of metrics of pods in discovery, or the code of another answer. */
async function metrics(): Promise<readonly string[] | number> {
  const { code, text: json } = await askApi(adapter.port, "/apis/custom.metrics.k8s.io/v1beta1");
  if (code !== 200) return code;
  const { resources } = JSON.parse(json) as { readonly resources: readonly { readonly name: string }[] };
  return resources.flatMap(({ name }) => (name.startsWith("pods/") ? [name.slice("pods/".length)] : []));
}

describe("a configuration file that changes", { timeout: 30_000 }, () => {
  test("is served, without a moment in which metrics are unknown", async () => {
    const prometheus = await startPrometheus();
    await start(rulesFor("first"), `--prometheus-url=${prometheus.url}`);
    await expect.poll(metrics, mayTake).toEqual(["first"]);

    const seen = new Set<string>();
    await mount(rulesFor("first", "second"));
    await expect
      .poll(async () => {
        const names = await metrics();
        seen.add(JSON.stringify(names));
        return names;
      }, mayTake)
      .toEqual(["first", "second"]);
    expect([...seen].filter((names) => !names.includes("first"))).toEqual([]);
    expect(adapter.lines).toContainEqual(expect.objectContaining(changed));
  });

  test("is served with the series that are known, whatever Prometheus does", async () => {
    const prometheus = await startPrometheus();
    await start(rulesFor("first"), `--prometheus-url=${prometheus.url}`);
    await expect.poll(metrics, mayTake).toEqual(["first"]);
    prometheus.hang();
    await mount(rulesFor("first").replace("sum(", "max("));
    await expect.poll(() => adapter.lines, mayTake).toContainEqual(expect.objectContaining(changed));
    expect(await metrics()).toEqual(["first"]);
  });

  test("is served once the objects that it is about are known", async () => {
    const prometheus = await startPrometheus();
    const listed = Promise.withResolvers<void>();
    const instances = "GET /apis/kubevirt.io/v1/virtualmachineinstances";
    kubernetes.script(instances, heldBy(listed.promise, listOf([], "1")));
    await start(rulesFor("first"), `--prometheus-url=${prometheus.url}`);
    await expect.poll(metrics, mayTake).toEqual(["first"]);
    await mount(rulesFor("first").replace('"enabled":false', '"enabled":true'));
    await expect.poll(() => kubernetes.of(instances).length, mayTake).toBeGreaterThan(0);
    for (let looks = 0; looks < 10; looks += 1) expect(await metrics()).toEqual(["first"]);
    listed.resolve();
    await expect.poll(metrics, mayTake).toContain("cpu-usageCores");
  });

  test("counts for the credentials for Prometheus, too", async () => {
    const prometheus = await startPrometheus();
    const file = join(folder, "prometheus.kubeconfig");
    await writeFile(file, kubeconfigWith("old"));
    await start(
      rulesFor("first"),
      `--prometheus-url=${prometheus.url}`,
      `--prometheus-auth-config=${file}`,
      "--metrics-relist-interval=1s",
    );
    await expect.poll(prometheus.authorization, mayTake).toBe("Bearer old");
    await writeFile(file, kubeconfigWith("new"));
    await expect.poll(prometheus.authorization, mayTake).toBe("Bearer new");
  });

  test("takes groups that nothing is served in away, and back", async () => {
    const prometheus = await startPrometheus();
    await start(rulesFor("first"), `--prometheus-url=${prometheus.url}`);
    await expect.poll(metrics, mayTake).toEqual(["first"]);
    await mount(rulesFor());
    await expect.poll(metrics, mayTake).toBe(404);
    await mount(rulesFor("third"));
    await expect.poll(metrics, mayTake).toEqual(["third"]);
  });

  test.for([
    ["cannot be read", "rules: [\n", "Flow sequence"],
    ["is wrong", "rulez: []\n", "field rulez not found in type config.MetricsDiscoveryConfig"],
    ["has a rule that cannot be served", rulesFor("first").replace("<<.Series>>", "<<.Series"), "bad character U+007B"],
  ] as const)("changes nothing if it %s, and is told", async ([, config, detail]) => {
    const prometheus = await startPrometheus();
    await start(rulesFor("first"), `--prometheus-url=${prometheus.url}`);
    await expect.poll(metrics, mayTake).toEqual(["first"]);
    await mount(config);
    const message = "The configuration has changed and cannot be served; the last good one goes on";
    await expect
      .poll(() => adapter.lines.filter((line) => line["message"] === message), mayTake)
      .toMatchObject([{ level: "error", detail: expect.stringContaining(detail) as unknown }]);
    expect(await metrics()).toEqual(["first"]);

    const { text: report } = await askApi(adapter.port, "/readyz?verbose");
    expect(report).toContain("warn: configuration: the log says what is wrong\n");

    await mount(rulesFor("first"));
    await expect
      .poll(async () => (await askApi(adapter.port, "/readyz?verbose")).text, mayTake)
      .not.toContain("configuration");
  });

  test("is told with what may not be meant", async () => {
    await start("serving: {shutdownDelay: 0s}\n");
    await mount("serving: {shutdownDelay: 0s}\nvms: {metrics: {optIn: [cpu]}}\n");
    await expect
      .poll(() => adapter.lines.map(({ detail }) => String(detail)), mayTake)
      .toContainEqual(expect.stringContaining("config.yaml:2:25: vms.metrics.optIn[0]: Has no effect"));
  });
});
