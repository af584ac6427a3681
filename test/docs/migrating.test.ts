import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../src/commands/check.ts";
import { usualResources } from "../../src/naming/rules/usual-resources.ts";
import { type Answers, startAnsweringPrometheus } from "../support/answering-prometheus.ts";
import { migrationRules } from "../support/migration-scene.ts";
import { runWith } from "../support/run-command.ts";
import { answer, startScriptedKubernetes } from "../support/scripted-kubernetes.ts";

const page = readFileSync("docs/migrating-from-prometheus-adapter.md", "utf8");
const folder = mkdtempSync(join(tmpdir(), "migrating-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What Prometheus says of the application. */
const requests = 'http_requests_total{namespace!="",pod!=""}';
const ratio = 'cache_hit_ratio{namespace!="",pod!=""}';
const queues = 'queue_depth{queue!=""}';
const web = { namespace: "shop", pod: "web-0" };
const cold = { namespace: "shop", pod: "web-1" };
const orders = { namespace: "shop", queue: "orders" };
const answers: Answers = {
  series: {
    [requests]: [{ __name__: "http_requests_total", ...web }],
    [ratio]: [{ __name__: "cache_hit_ratio", ...web }],
    [queues]: [{ __name__: "queue_depth", ...orders }],
  },
  queries: {
    [`count by (__name__) (${requests})`]: [[{ __name__: "http_requests_total" }, 3]],
    [top("http_requests_total", "namespace")]: [[web, 900]],
    [top("http_requests_total", "pod", "namespace")]: [[web, 900]],
    'sum(rate(http_requests_total{namespace="shop"}[5m])) by (namespace)': [[{ namespace: "shop" }, 3.1]],
    'sum(rate(http_requests_total{namespace="shop",pod="web-0"}[5m])) by (pod)': [[{ pod: "web-0" }, 2.1]],
    [top("cache_hit_ratio", "namespace")]: [[cold, Infinity]],
    [top("cache_hit_ratio", "pod", "namespace")]: [[cold, Infinity]],
    'avg(cache_hit_ratio{namespace="shop"}) by (namespace)': [[{ namespace: "shop" }, Infinity]],
    'avg(cache_hit_ratio{namespace="shop",pod="web-1"}) by (pod)': [[{ pod: "web-1" }, Infinity]],
    'topk(1, {__name__="queue_depth",queue!="",namespace!=""})': [[orders, 17]],
    'sum(queue_depth{namespace="shop"}) by (queue)': [[{ queue: "orders" }, 17]],
  },
};

/** The question for some series that has labels. */
function top(name: string, ...labels: readonly string[]): string {
  const wanted = labels.map((label) => `${label}!=""`);
  return `topk(1, {${[`__name__="${name}"`, 'namespace!=""', 'pod!=""', ...wanted].join(",")}})`;
}

describe("docs/migrating-from-prometheus-adapter.md", () => {
  test("shows what `check` prints, as far as the first rule", async () => {
    const cluster = await startScriptedKubernetes();
    const [core] = usualResources;
    cluster.script("GET /api", answer({ kind: "APIVersions", versions: ["v1"] }));
    cluster.script("GET /apis", answer({ kind: "APIGroupList", groups: [] }));
    const resources = core?.resources.map(({ singular, ...each }) => ({ ...each, singularName: singular }));
    cluster.script("GET /api/v1", answer({ kind: "APIResourceList", resources }));
    await using prometheus = await startAnsweringPrometheus(answers);
    const file = join(folder, "config.yaml");
    writeFileSync(file, migrationRules);
    const flags = [`--prometheus-url=${prometheus.url}`, `--lister-kubeconfig=${cluster.kubeconfig}`];
    const { out } = await runWith(check, file, ...flags);
    await cluster.close();
    const [, shown = ""] = page.split("check config.yaml --prometheus-url http://prometheus:9090\n");
    const now = /"timestamp": ".*"/u;
    const printed = out.replaceAll(file, "config.yaml").replace(now, "");
    expect(printed.slice(0, printed.indexOf("\nrules[1]"))).toBe(shown.slice(0, shown.indexOf("…")).replace(now, ""));
  });
});
