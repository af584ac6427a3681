import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { diff } from "../../src/commands/diff.ts";
import { startAnsweringPrometheus } from "../support/answering-prometheus.ts";
import { runWith } from "../support/run-command.ts";
import {
  answer,
  breakConnection,
  type ScriptedKubernetes,
  startScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const custom = "/apis/custom.metrics.k8s.io/v1beta1";
const web = `${custom}/namespaces/shop/pods/*/rps`;

let cluster: ScriptedKubernetes;
let ours: ScriptedKubernetes;
let theirs: ScriptedKubernetes;
let folder = "";

beforeAll(async () => {
  [cluster, ours, theirs] = await Promise.all([
    startScriptedKubernetes(),
    startScriptedKubernetes({ tls: true }),
    startScriptedKubernetes({ tls: true }),
  ]);
  folder = mkdtempSync(join(tmpdir(), "diff-"));
});

afterAll(async () => {
  await Promise.all([cluster, ours, theirs].map(async (each) => each.close()));
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  for (const adapter of [ours, theirs]) {
    adapter.script(`GET ${custom}`, answer({ resources: [{ name: "pods/rps", namespaced: true }] }));
    adapter.script(`GET ${web}`, answer(pods("1500m")));
  }
});

function pods(value: string, name = "web-0"): object {
  return { items: [{ describedObject: { kind: "Pod", namespace: "shop", name }, metricName: "rps", value }] };
}

async function compared(...flags: readonly string[]) {
  return runWith(diff, `--url=${ours.url}`, `--against=${theirs.url}`, "--namespace=shop", "--insecure", ...flags);
}

describe("diff()", () => {
  test("of two that answer alike is exit code 0", async () => {
    expect(await compared()).toEqual({
      code: 0,
      out: `here:  ${ours.url}\nthere: ${theirs.url}\n\n1 question, 1 answered alike, 1 equal value, no difference\n`,
      err: "",
    });
  });

  test("shows what differs, with exit code 1", async () => {
    theirs.script(`GET ${web}`, answer(pods("3")));
    const { code, out } = await compared();
    expect(code).toBe(1);
    expect(out.split("\n").slice(3)).toEqual([
      "1 question, 0 answered alike, 0 equal values, 1 difference",
      "",
      "METRIC    ASKED OF    HERE   THERE  NOTE",
      "pods/rps  shop/web-0  1500m  3",
      "",
    ]);
  });

  test("--tolerance says how much values may differ", async () => {
    theirs.script(`GET ${web}`, answer(pods("1600m")));
    expect((await compared("--tolerance=0.1")).code).toBe(0);
  });

  test("--output=json has all of it", async () => {
    theirs.script(`GET ${web}`, answer(pods("1500m", "web-1")));
    const { code, out } = await compared("-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      here: ours.url,
      there: theirs.url,
      summary: { questions: 1, same: 0, differences: 2 },
      comparison: {
        answers: [
          {
            question: { path: "namespaces/shop/pods/*/rps" },
            deviations: [
              { kind: "object", object: "shop/web-0", here: "1500m", there: "-" },
              { kind: "object", object: "shop/web-1", here: "-", there: "1500m" },
            ],
          },
        ],
      },
    });
  });

  test("without a single value it says nothing, and that is exit code 2", async () => {
    for (const adapter of [ours, theirs]) adapter.script(`GET ${web}`, answer({ message: "no such metric" }, 404));
    const { code, out, err } = await compared();
    expect([code, err]).toEqual([2, "That says nothing: neither has a value of anything that was asked for\n"]);
    expect(out).toContain("Errors on both sides:\nQUESTION                    ANSWER\n");
    expect(out).toContain("namespaces/shop/pods/*/rps  404 no such metric\n");
  });

  test("a question that is not answered is exit code 2, whatever the others say", async () => {
    theirs.script(`GET ${web}`, breakConnection());
    const { code, out } = await compared();
    expect(code).toBe(2);
    expect(out).toContain(
      `No answer:\nQUESTION                    ANSWER\nnamespaces/shop/pods/*/rps  ${theirs.url}: `,
    );
  });

  test("verifies an adapter that is asked by its address, and shows it a token", async () => {
    const token = join(folder, "token");
    writeFileSync(token, "secret\n");
    const flags = [`--url=${ours.url}`, `--against=${ours.url}`, "--namespace=shop", `--token-file=${token}`];
    expect(await runWith(diff, ...flags)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/certificate/u) as unknown,
    });
    expect(await runWith(diff, ...flags, `--ca-file=${ours.caFile}`)).toMatchObject({ code: 0, err: "" });
    expect(ours.requests.at(-1)?.headers.authorization).toBe("Bearer secret");
  });

  test("serves a configuration file within, beside the kube-apiserver that asks the other one", async () => {
    const seriesQuery = 'rps{pod!=""}';
    await using prometheus = await startAnsweringPrometheus({
      series: { [seriesQuery]: [{ __name__: "rps", namespace: "shop", pod: "web-0" }] },
      queries: { 'sum(rps{namespace="shop",pod="web-0"}) by (pod)': [[{ pod: "web-0" }, 1.5]] },
    });
    const config = join(folder, "config.yaml");
    const metricsQuery = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
    const overrides = { namespace: { resource: "namespace" }, pod: { resource: "pod" } };
    writeFileSync(config, JSON.stringify({ rules: [{ seriesQuery, resources: { overrides }, metricsQuery }] }));
    const core = [
      { name: "namespaces", singularName: "namespace", kind: "Namespace", namespaced: false },
      { name: "pods", singularName: "pod", kind: "Pod", namespaced: true },
    ];
    const pod = { metadata: { namespace: "shop", name: "web-0" } };
    const metrics = [
      { name: "pods/rps", namespaced: true },
      { name: "namespaces/rps", namespaced: false },
    ];
    cluster.script("GET /api", answer({ kind: "APIVersions", versions: ["v1"] }));
    cluster.script("GET /apis", answer({ kind: "APIGroupList", groups: [] }));
    cluster.script("GET /api/v1", answer({ kind: "APIResourceList", resources: core }));
    cluster.script("GET /api/v1/namespaces", answer({ items: [{ metadata: { name: "shop" } }] }));
    cluster.script("GET /api/v1/pods", answer({ items: [pod] }));
    cluster.script("GET /api/v1/namespaces/shop/pods", answer({ items: [pod] }));
    cluster.script(`GET ${custom}`, answer({ resources: metrics }));
    cluster.script(`GET ${web}`, answer(pods("1500m")));
    cluster.script(`GET ${custom}/namespaces/*/metrics/rps`, answer({ message: "no value" }, 404));

    const { code, out, err } = await runWith(
      diff,
      config,
      "--against=v1beta1.custom.metrics.k8s.io",
      `--prometheus-url=${prometheus.url}`,
      `--lister-kubeconfig=${cluster.kubeconfig}`,
    );
    expect([code, err]).toEqual([1, ""]);
    expect(out).toContain("2 questions, 1 answered alike, 1 equal value, 1 difference\n");
    expect(out).toMatch(/^namespaces\/rps {2}namespaces\/\*\/metrics\/rps {2}200 \(0 values\) {2}404 no value$/mu);
  });

  test("a Prometheus that does not answer is exit code 2", async () => {
    const config = join(folder, "empty.yaml");
    writeFileSync(config, "rules: []\n");
    const { code, err } = await runWith(
      diff,
      config,
      "--against=v1beta1.custom.metrics.k8s.io",
      "--prometheus-url=http://127.0.0.1:1",
      `--lister-kubeconfig=${cluster.kubeconfig}`,
    );
    expect(code).toBe(2);
    expect(err).toContain("Cannot ask Prometheus at http://127.0.0.1:1");
  });

  test.for<[readonly string[], string]>([
    [[], 'Cannot use --against ""'],
    [["config.yaml", "--against=peer"], 'Cannot use --against "peer": expected an address such as'],
    [["--against=https://a"], "Expected one configuration file, or --url"],
    [["a.yaml", "b.yaml", "--against=https://a"], "Expected one configuration file, or --url"],
    [["a.yaml", "--url=https://b", "--against=https://a"], "Expected one configuration file, or --url"],
    [["a.yaml", "--against=https://a", "--tolerance=1"], 'Cannot use --tolerance "1": expected a number from 0'],
    [["--url=https://b", "--against=https://a"], "or name the namespaces with --namespace"],
    [["a.yaml", "--against=v1beta1.custom.metrics.k8s.io"], "Cannot find the Kubernetes API"],
  ])("%j is refused with exit code 2: %s", async ([argv, problem]) => {
    const { code, out, err } = await runWith(diff, ...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
  });

  test("--help says what the exit codes mean", async () => {
    expect((await runWith(diff, "--help")).out).toContain("Exit codes: 0 when nothing differs, 1 when something does");
  });
});
