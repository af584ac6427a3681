import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../src/commands/check.ts";
import { adapterFacts } from "../support/adapter-vectors.ts";
import { runOn, runWith } from "../support/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "check-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  return file;
}

async function run(...argv: readonly string[]) {
  return runWith(check, ...argv);
}

/** What is found in a text, without the file's name. */
async function found(text: string): Promise<readonly string[]> {
  const { out } = await runOn(text, check, "-");
  return out
    .split("\n")
    .flatMap((line) => (line.startsWith("stdin:") && !line.endsWith("no problem") ? [line.slice(6)] : []));
}

/** A rule that nothing is to be said of, and what it has otherwise. */
function rule(changes: object = {}): string {
  const good = {
    seriesQuery: 'http_requests_total{namespace!="",pod!=""}',
    resources: { template: "<<.Resource>>" },
    name: { matches: "^(.*)_total$" },
    metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
  };
  return `- ${JSON.stringify({ ...good, ...changes })}`;
}

describe("check()", () => {
  test("finds nothing wrong with a file that is right", async () => {
    const file = fileOf(`rules:\n${rule()}\nexternalRules:\n${rule()}\n`);
    expect(await run(file)).toEqual({ code: 0, out: `${file}: no problem\n`, err: "" });
    expect(await run(file, "--strict", "-o", "json")).toEqual({ code: 0, out: '{\n  "findings": []\n}\n', err: "" });
  });

  test.for([
    ["vms:\n  windw: 1m\n", ":2:3: vms.windw: Unknown field"],
    ["vms:\n  window: soon\n", ':2:3: vms.window: Expected a duration such as "30s": got "soon"'],
    [
      "vms: { metrics: { allow: [cpu-usge] } }\n",
      ':1:27: vms.metrics.allow[0]: No metric\'s name is or begins with "cpu-usge"; did you mean cpu-usage?',
    ],
    [
      "vms:\n  ephemeral:\n    metrics: { migratoin: { mode: live } }\n",
      ':3:16: vms.ephemeral.metrics.migratoin: No metric\'s name is or begins with "migratoin"; did you mean migration?',
    ],
    ["vms: [\n", ":2:1: Flow sequence"],
    ["rules:\n- seriesQueri: up\n", ":2:3: rules[0].seriesQueri: Unknown field (field seriesQueri not found in type"],
  ] as const)("%j is told as FILE%s", async ([text, problem]) => {
    const file = fileOf(text);
    const { code, out, err } = await run(file);
    expect([code, err]).toEqual([2, ""]);
    expect(out).toContain(file + problem);
  });

  test("a rule that does not compile is an error", async () => {
    const file = fileOf(`rules:\n${rule()}\n${rule({ name: { matches: "(a)(b)" } })}\n`);
    const { code, out } = await run(file);
    expect(code).toBe(2);
    expect(out).toMatch(/:3:\d+: rules\[1\]\.name\.matches: must specify an 'as' value for name matcher "\(a\)\(b\)"/u);
  });

  test("--output=json gives level, path, place, message and hint", async () => {
    const { code, out } = await run(
      fileOf(`rules:\n${rule({ resources: { template: "<<.Resource>>", namespaced: false } })}\n`),
      "-o",
      "json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      findings: [
        {
          level: "warning",
          path: "rules[0].resources.namespaced",
          line: 2,
          column: 107,
          message: "Has no effect: it is for externalRules",
          hint: "leave it out",
        },
      ],
    });
  });

  test("warnings count with --strict", async () => {
    const file = fileOf("vms:\n  metrics:\n    optIn: [cpu]\n");
    const out = `${file}:3:13: warning: vms.metrics.optIn[0]: Has no effect: discovery has all of it anyway\n`;
    expect(await run(file)).toEqual({ code: 0, out, err: "" });
    expect(await run(file, "--strict")).toEqual({ code: 1, out, err: "" });
  });

  test("- stands for standard input", async () => {
    expect(await runOn("cache: {}\n", check, "-")).toEqual({ code: 0, out: "stdin: no problem\n", err: "" });
  });

  test.for([
    [["/nonexistent.yaml"], 'Cannot read "/nonexistent.yaml": ENOENT'],
    [[], "Expected one file to check"],
    [["a", "b"], "Expected one file to check"],
    [["--config=a"], 'Cannot read "--config": unknown flag'],
  ] as const)("%j is refused with exit code 2: %s", async ([argv, problem]) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
  });

  test("--help says what the exit codes mean", async () => {
    expect((await run("--help")).out).toContain(
      "Exit codes: 0 without errors, 1 with warnings and --strict, 2 with errors",
    );
  });
});

describe("check() warns of", () => {
  test.for<[string, object, readonly string[]]>([
    [
      "a static selector that metricsQuery does not repeat",
      { seriesQuery: 'http_requests_total{namespace!="",pod!="",code=~"5.."}' },
      [
        'rules[0].metricsQuery: It does not say code=~"5..", which seriesQuery says: other series count as well; write {<<.LabelMatchers>>,code=~"5.."}',
      ],
    ],
    [
      "nothing when metricsQuery says something else of the label",
      {
        seriesQuery: 'http_requests_total{namespace!="",code=~"5.."}',
        metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>,code!="200"}[2m])) by (<<.GroupBy>>)',
      },
      [],
    ],
    [
      "a label that must be there and names no object",
      {
        seriesQuery: 'http_requests_total{container!="",ns!=""}',
        resources: { overrides: { ns: { resource: "namespace" } } },
      },
      [
        'rules[0].metricsQuery: It does not say container!="", which seriesQuery says: other series count as well; write {<<.LabelMatchers>>,container!=""}',
      ],
    ],
    [
      "no aggregation",
      { metricsQuery: "rate(<<.Series>>{<<.LabelMatchers>>}[2m])" },
      [
        "rules[0].metricsQuery: It does not aggregate by (<<.GroupBy>>): of several series of an object, one counts; write sum(…) by (<<.GroupBy>>), or max",
      ],
    ],
    ["nothing when a quotient is of aggregates", { metricsQuery: quotient }, []],
    [
      "nothing when metricsQuery tells the label's values apart",
      {
        seriesQuery: 'http_requests_total{namespace!="",code!=""}',
        metricsQuery: "max(sum(<<.Series>>{<<.LabelMatchers>>}) by (code, <<.GroupBy>>)) by (<<.GroupBy>>)",
      },
      [],
    ],
    [
      "no matchers",
      { metricsQuery: "sum(<<.Series>>) by (<<.GroupBy>>)" },
      [
        "rules[0].metricsQuery: It has no <<.LabelMatchers>>, so every object has the same figure; write <<.Series>>{<<.LabelMatchers>>}",
      ],
    ],
    [
      "no query",
      { metricsQuery: "" },
      [
        "rules[0].metricsQuery: There is none, so each request is an error; write one such as sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
      ],
    ],
    [
      "what is not PromQL",
      { metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>) by (<<.GroupBy>>)" },
      [
        'rules[0].metricsQuery: It is not PromQL once it is filled in: unexpected ")" after "total{sample_matcher_label=\\"a\\""; see `promtool promql format`',
      ],
    ],
    [
      "a field that there is not",
      { metricsQuery: "sum(<<.Series>>{<<.LabelMatchersByName>>}) by (<<.GroupBy>>)" },
      [expect.stringContaining("can't evaluate field LabelMatchersByName in type naming.queryTemplateArgs") as string],
    ],
    [
      "a series query that is no selector",
      { seriesQuery: "sum(http_requests_total)" },
      [
        'rules[0].seriesQuery: Expected one series selector: it is an expression, of kind aggregation; write one such as {__name__=~"^http_.*",namespace!=""}',
      ],
    ],
    [
      "a series query that selects everything",
      { seriesQuery: '{pod=~".*"}' },
      ['rules[0].seriesQuery: It selects every series, which Prometheus refuses; add a matcher such as namespace!=""'],
    ],
    [
      "a name that never matches",
      { name: { matches: "^node_(.*)" } },
      [
        "rules[0].name: Leaves out all that seriesQuery selects: http_requests_total; they match anywhere in a name unless they begin with ^ and end with $",
      ],
    ],
    [
      "a filter that lets nothing in",
      { seriesQuery: '{__name__=~"a_total|b_total",pod!=""}', seriesFilters: [{ isNot: "_total$" }], name: {} },
      [
        "rules[0].seriesFilters: Leaves out all that seriesQuery selects: a_total, b_total; they match anywhere in a name unless they begin with ^ and end with $",
      ],
    ],
    [
      "filters that contradict the name",
      { seriesQuery: '{__name__=~"^http_.*",pod!=""}', seriesFilters: [{ isNot: "^(.*)_total$" }] },
      ["rules[0].seriesFilters[0]: It leaves out all that name.matches and filters let in"],
    ],
    [
      "a group that there is not",
      { name: { matches: "^(.*)_total$", as: "$1_per_second" } },
      [
        "rules[0].name: It makes an empty name, which nobody can ask for",
        'rules[0].name.as: name.matches has no group "1_per_second", so nothing stands in its place; write ${1}_per_second',
      ],
    ],
    [
      "two labels for one resource",
      {
        resources: {
          overrides: { pod: { resource: "pod" }, pod_name: { resource: "pods" }, namespace: { resource: "namespace" } },
        },
      },
      ["rules[0].resources.overrides.pod_name: Queries do not use it: pod stands for the same; keep one of the two"],
    ],
    [
      "a rule without objects",
      { seriesQuery: "http_requests_total", resources: {} },
      [
        "rules[0].resources: It names no objects, so the rule has no metrics; add template: <<.Resource>>, or overrides",
      ],
    ],
  ])("%s", async ([, changes, expected]) => {
    const told = await found(`rules:\n${rule(changes)}\n`);
    expect(told.map((line) => line.replace(/^\d+:\d+: warning: /u, ""))).toEqual(expected);
  });

  test.for<[string, string, readonly string[]]>([
    [
      "an external rule without a namespace",
      `externalRules:\n${rule({ resources: {} })}\n`,
      [
        "warning: externalRules[0].resources: No label stands for the namespace: the label namespace is taken; add overrides: {namespace: {resource: namespace}}, or namespaced: false for all namespaces",
        'warning: externalRules[0].metricsQuery: It does not say namespace!="", which seriesQuery says: other series count as well; write {<<.LabelMatchers>>,namespace!=""}',
        'warning: externalRules[0].metricsQuery: It does not say pod!="", which seriesQuery says: other series count as well; write {<<.LabelMatchers>>,pod!=""}',
      ],
    ],
    [
      "virtual machines of an external rule",
      `externalRules:\n${rule({ vms: true })}\n`,
      ["warning: externalRules[0].vms: Has no effect: external metrics are not about objects; leave it out"],
    ],
    [
      "two rules for one name",
      `rules:\n${rule()}\n${rule({ seriesQuery: 'http_requests{pod!=""}', name: {} })}\n`,
      [
        "warning: rules[0]: rules[1] has the metric http_requests as well, and counts; give one of the two another name.as",
      ],
    ],
    [
      "two rules that find the same",
      `rules:\n${rule({ seriesQuery: '{pod!=""}' })}\n${rule({ seriesQuery: '{pod!=""}' })}\n`,
      [
        "warning: rules[0]: rules[1] has the metric of each of its series as well, and counts; give one of the two another name.as",
      ],
    ],
    [
      "no two rules of different objects",
      `rules:\n${rule({ seriesQuery: "up", name: {}, resources: { overrides: { pod: { resource: "pod" } } } })}\n${rule({ seriesQuery: "up", name: {}, resources: { overrides: { node: { resource: "node" } } } })}\n`,
      [],
    ],
    [
      "resourceRules",
      "resourceRules: {}\n",
      ["warning: resourceRules: metrics.k8s.io is not served by this version; metrics-server serves it"],
    ],
    [
      "further documents",
      "rules: []\n---\nrules: []\n",
      ["warning: Has no effect: only the first document is read; put all sections before the ---"],
    ],
  ])("%s", async ([, text, expected]) => {
    expect((await found(text)).map((line) => line.replace(/^\d+:\d+: /u, ""))).toEqual(expected);
  });

  test.for(Object.entries(adapterFacts().configs))("no error in the vectors' configuration %s", async ([, text]) => {
    expect((await runOn(text, check, "-")).code).toBe(0);
  });
});

const quotient =
  "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>) / on (<<.GroupBy>>) sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
