import { describe, expect, test } from "vitest";
import { check } from "../../src/commands/check.ts";
import { type Answers, startAnsweringPrometheus } from "../support/answering-prometheus.ts";
import { runOn } from "../support/run-command.ts";

const requests = 'http_requests_total{namespace!="",pod!=""}';
const labels = { namespace: "shop", pod: "web-0", code: "200" };
const selected = '{__name__="http_requests_total",namespace!="",pod!=""';

/** A rule that nothing is to be said of, and what it has otherwise. */
function rule(changes: object = {}): string {
  const good = {
    seriesQuery: requests,
    resources: { template: "<<.Resource>>" },
    name: { matches: "^(.*)_total$" },
    metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
  };
  return `- ${JSON.stringify({ ...good, ...changes })}`;
}

/** One pod of one namespace, with a value for each. */
const shop: Answers = {
  series: { [requests]: [{ __name__: "http_requests_total", ...labels }] },
  queries: {
    [`count by (__name__) (${requests})`]: [[{ __name__: "http_requests_total" }, 7]],
    [`topk(1, ${selected},namespace!=""})`]: [[labels, 900]],
    [`topk(1, ${selected},pod!="",namespace!=""})`]: [[labels, 900]],
    'sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)': [[{ namespace: "shop" }, 3.25]],
    'sum(rate(http_requests_total{namespace="shop",pod="web-0"}[2m])) by (pod)': [[{ pod: "web-0" }, 1.5]],
  },
};

async function checked(answers: Answers, file: string, ...flags: readonly string[]) {
  await using prometheus = await startAnsweringPrometheus(answers);
  return await runOn(file, check, "-", `--prometheus-url=${prometheus.url}`, ...flags);
}

/** What is warned of, without places; what the text alone says of metricsQuery is another test's. */
async function warned(answers: Answers, file: string): Promise<readonly string[]> {
  const { out } = await checked(answers, file);
  return [...out.matchAll(/^stdin:[\d:]+ warning: (.*)$/gmu)]
    .map(([, text = ""]) => text)
    .filter((text) => !text.includes("It does not say"));
}

describe("check --prometheus-url", () => {
  test("shows what each rule finds, values, and one answer", async () => {
    const { code, out, err } = await checked(shop, `rules:\n${rule()}\n`);
    expect([code, err]).toEqual([0, ""]);
    const shown = out.replace(/"timestamp": ".*"/u, '"timestamp": "NOW"');
    await expect(shown).toMatchFileSnapshot("../golden/check-prometheus.txt");
  });

  test("marks warnings and rules by colour on a terminal only", async () => {
    await using prometheus = await startAnsweringPrometheus({});
    const written: string[] = [];
    await check({
      argv: ["-", `--prometheus-url=${prometheus.url}`],
      env: { HOME: "/nonexistent" },
      input: () => `rules:\n${rule()}\n`,
      out: (text) => written.push(text),
      err: () => undefined,
      colors: true,
    });
    expect(written.join("")).toContain("\u001b[33mstdin:2:4: warning:");
    expect(written.join("")).toContain("\u001b[1mrules[0]\u001b[22m finds nothing");
    expect((await checked({}, `rules:\n${rule()}\n`)).out).not.toContain("\u001b");
  });

  test("tells programs the same", async () => {
    const { out } = await checked(shop, `rules:\n${rule()}\n`, "-o", "json");
    expect(JSON.parse(out)).toMatchObject({
      findings: [],
      resources: "builtIn",
      rules: [
        {
          rule: "rules[0]",
          series: [{ name: "http_requests_total", count: 7, metric: "http_requests" }],
          metrics: [
            { resource: "namespaces", metric: "http_requests", sample: { subject: "shop", values: ["3250m"] } },
            { resource: "pods", metric: "http_requests", sample: { subject: "shop/web-0", values: ["1500m"] } },
          ],
        },
      ],
    });
  });

  test("asks for some metrics of each rule, or for all", async () => {
    const [some, all] = await Promise.all(
      ["1", "0"].map(async (count) => checked(shop, `rules:\n${rule()}\n`, `--metrics-per-rule=${count}`)),
    );
    expect(some?.out).toContain("… and 1 more; --metrics-per-rule asks for more of them\n");
    expect(all?.out).not.toContain("more;");
  });

  test("an external metric is asked for in a namespace that its series name", async () => {
    const queue = 'queue_depth{queue!=""}';
    const external = {
      seriesQuery: queue,
      name: {},
      resources: { overrides: { namespace: { resource: "namespace" } } },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (queue)",
    };
    const answers: Answers = {
      series: { [queue]: [{ __name__: "queue_depth", namespace: "shop", queue: "a" }] },
      queries: {
        'topk(1, {__name__="queue_depth",queue!="",namespace!=""})': [[{ namespace: "shop", queue: "a" }, 3]],
        'sum(queue_depth{namespace="shop"}) by (queue)': [
          [{ queue: "a" }, 3],
          [{ queue: "b" }, 17],
        ],
      },
    };
    const { out } = await checked(answers, `externalRules:\n${rule(external)}\n`);
    expect(out).toMatch(/^ {2}queue_depth {2}queue_depth {2}shop {4}2 values: 3, 17$/mu);
    expect(out).toContain("GET /apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue_depth\n");
  });

  test("a Prometheus that does not answer is exit code 2, with what to check", async () => {
    const { code, out, err } = await runOn(`rules:\n${rule()}\n`, check, "-", "--prometheus-url=http://127.0.0.1:1");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^Cannot ask Prometheus at http:\/\/127\.0\.0\.1:1: .*; check whether it runs/u);
  });

  test("a kubeconfig that is given and of no use is exit code 2", async () => {
    const { code, err } = await checked(shop, `rules:\n${rule()}\n`, "--lister-kubeconfig=/nonexistent");
    expect(code).toBe(2);
    expect(err).toContain("Cannot read the kubeconfig");
  });

  test("flags for a Prometheus need one", async () => {
    const { code, err } = await runOn("", check, "-", "--prometheus-verb=POST");
    expect(code).toBe(2);
    expect(err).toContain("Cannot use --prometheus-verb: --prometheus-url is missing");
  });

  test("a file that cannot be used is told without asking anybody", async () => {
    expect(await runOn("rulez: []\n", check, "-", "--prometheus-url=http://127.0.0.1:1")).toMatchObject({
      code: 2,
      out: expect.stringContaining("rulez: Unknown field") as unknown,
    });
  });
});

describe("check --prometheus-url warns of", () => {
  const finds = { [requests]: [{ __name__: "http_requests_total", ...labels }] };

  test.for<[string, Answers, string, readonly string[]]>([
    ["nothing where all is well", shop, `rules:\n${rule()}\n`, []],
    [
      "a rule that finds nothing",
      {},
      `rules:\n${rule()}\n`,
      [
        "rules[0].seriesQuery: It finds no series with a sample in the last 10 min; check in Prometheus whether http_requests_total is scraped",
      ],
    ],
    [
      "series whose samples are older than they may be",
      { queries: { [`count(${selected}})`]: [[{}, 4]] } },
      `rules:\n${rule()}\n`,
      [
        "rules[0].seriesQuery: It finds no series with a sample in the last 10 min; there are older ones; --metrics-max-age says how old they may be",
      ],
    ],
    [
      "the condition that is one too many",
      { queries: { 'count({__name__="http_requests_total",namespace!=""})': [[{}, 4]] } },
      `rules:\n${rule()}\n`,
      ['rules[0].seriesQuery: It finds no series with a sample in the last 10 min; there are some without pod!=""'],
    ],
    [
      "filters that leave out all",
      { series: finds },
      `rules:\n${rule({ seriesQuery: requests, name: { matches: "^node_" } })}\n`,
      [
        "rules[0].name: It leaves out all that seriesQuery finds: http_requests_total; they match anywhere in a name unless they begin with ^ and end with $",
      ],
    ],
    [
      "labels that name no resource",
      { series: finds },
      `rules:\n${rule({ resources: { template: "kube_<<.Resource>>" } })}\n`,
      [
        "rules[0].resources: None of its series' labels names a resource: namespace, pod, code; write overrides: {LABEL: {resource: pod}} for the label of the objects",
      ],
    ],
    [
      "a resource that is not in the list",
      { series: finds },
      `rules:\n${rule({ resources: { overrides: { pod: { group: "example.com", resource: "shop" }, namespace: { resource: "namespace" } } } })}\n`,
      [
        "rules[0].seriesQuery: namespaces/http_requests: no series of http_requests_total with namespace has a sample now; an object that stopped reporting is found for a while, and has no value",
        "rules[0].resources.overrides.pod: The built-in list has no such resource; with --lister-kubeconfig the cluster's own are known",
      ],
    ],
    [
      "a namespace that no label tells",
      {
        ...shop,
        queries: { ...shop.queries, [`topk(1, ${selected},pod!=""})`]: [[labels, 900]] },
      },
      `rules:\n${rule({ resources: { overrides: { pod: { resource: "pod" } } } })}\n`,
      [
        expect.stringContaining(
          "rules[0].resources: pods/http_requests: no query can be made: unable to convert resource namespaces into label",
        ) as string,
      ],
    ],
    [
      "a query that Prometheus refuses",
      {
        ...shop,
        queries: {
          ...shop.queries,
          'sum(rate(http_requests_total{namespace="shop",pod="web-0"}[2m])) by (pod)': "too many samples",
        },
      },
      `rules:\n${rule()}\n`,
      [
        'rules[0].metricsQuery: pods/http_requests: Prometheus gives no answer: HTTP 400: bad_data: too many samples; Prometheus was asked sum(rate(http_requests_total{namespace="shop",pod="web-0"}[2m])) by (pod)',
      ],
    ],
    [
      "an object that has series and no value",
      {
        ...shop,
        queries: { ...shop.queries, 'sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)': [] },
      },
      `rules:\n${rule()}\n`,
      [
        'rules[0].metricsQuery: namespaces/http_requests: shop has no value, although http_requests_total has samples of it now; Prometheus was asked sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)',
      ],
    ],
    [
      "a value that is infinite",
      {
        ...shop,
        queries: {
          ...shop.queries,
          'sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)': [[{ namespace: "shop" }, Infinity]],
        },
      },
      `rules:\n${rule()}\n`,
      [
        'rules[0].metricsQuery: namespaces/http_requests: shop has no value: what Prometheus answers is infinite, or does not name it; Prometheus was asked sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)',
      ],
    ],
    [
      "two rules for one name",
      { ...shop, series: { ...finds, up: [{ __name__: "up", pod: "web-0", namespace: "shop" }] } },
      `rules:\n${rule({ seriesQuery: "up", name: { as: "http_requests" }, metricsQuery: "max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)" })}\n${rule()}\n`,
      [
        "rules[0]: rules[1] makes metrics of it as well, and counts: namespaces/http_requests (of http_requests_total, not up), pods/http_requests (of http_requests_total, not up); give one of the two another name.as, or leave the series out with seriesFilters",
      ],
    ],
  ])("%s", async ([, answers, file, expected]) => {
    expect(await warned(answers, file)).toEqual(expected);
  });
});
