import { describe, expect, test } from "vitest";
import { locate, parseConfig, unservedSections } from "../../src/config/file.ts";
import { formatProblem } from "../../src/config/problem.ts";

/** Knows metrics of two groups. */
function checkMetric(name: string): string | undefined {
  return /^(?:cpu|migration)/u.test(name) ? undefined : `No metric is called ${name}`;
}

function parse(text: string) {
  return parseConfig(text, checkMetric);
}

function problems(text: string): readonly string[] {
  const config = parse(text);
  return config.ok ? [] : config.error.map((problem) => formatProblem("config.yaml", problem));
}

describe("parseConfig()", () => {
  test("an empty file gives the defaults", () => {
    const labels = {
      namespace: "namespace",
      name: "name",
      vmi: "vmi",
      node: "node",
      domain: "domain",
      collectdHost: "exported_instance",
      instance: "instance",
      job: "job",
      replica: ["prometheus_replica", "replica", "__replica__"],
    };
    expect(parse("")).toEqual({
      ok: true,
      value: {
        vms: {
          apis: ["custom.metrics.k8s.io", "external.metrics.k8s.io"],
          minimumCoverage: 0.8,
          matchers: {},
          labels,
          metrics: { allow: [], deny: [], optIn: [] },
          ephemeral: { mode: "live", special: 0, metrics: {} },
        },
        cache: { ttl: 10_000, maxStale: 60_000 },
        serving: { deadline: 8_000, maxInFlight: 400, shutdownDelay: 5_000 },
      },
    });
  });

  test("reads what is there and keeps the other defaults", () => {
    const config = parse("vms:\n  window: 1m30s\n  labels: {namespace: exported_namespace}\ncache:\n  ttl: 500ms\n");
    expect(config).toMatchObject({
      ok: true,
      value: {
        vms: { window: 90_000, labels: { namespace: "exported_namespace", name: "name" } },
        cache: { ttl: 500, maxStale: 60_000 },
      },
    });
  });

  test.for([
    ["[external.metrics.k8s.io]", ["external.metrics.k8s.io"]],
    ["[]", []],
  ] as const)("serves virtual machines in the APIs of %s", ([text, apis]) => {
    expect(parse(`vms: {apis: ${text}}\n`)).toMatchObject({ ok: true, value: { vms: { apis } } });
  });

  test("answers go stale after a minute, or after their time to live where that is longer", () => {
    expect(parse("cache: {ttl: 2m}\n")).toMatchObject({ value: { cache: { ttl: 120_000, maxStale: 120_000 } } });
    expect(parse("cache: {ttl: 1s, maxStale: 1s}\n")).toMatchObject({ value: { cache: { maxStale: 1_000 } } });
  });

  test("reads what metrics of live migrations say meanwhile, of all and of some", () => {
    const modes = "{mode: always, special: -1, metrics: {migration-data: {mode: keepLast}}}";
    expect(parse(`vms: {ephemeral: ${modes}}\n`)).toMatchObject({
      value: {
        vms: {
          ephemeral: { mode: "always", special: -1, metrics: { "migration-data": { mode: "keepLast", special: 0 } } },
        },
      },
    });
  });

  test.for<[string, string, readonly string[]]>([
    [
      "a mode that there is not",
      "vms:\n  ephemeral: {mode: last}\n",
      ['config.yaml:2: vms.ephemeral.mode: Expected live, always or keepLast: got "last"'],
    ],
    [
      "no mode",
      "vms:\n  ephemeral:\n    metrics:\n      migration: { special: 3 }\n",
      ["config.yaml:4: vms.ephemeral.metrics.migration.mode: Expected live, always or keepLast: got nothing"],
    ],
    [
      "what no metric is called, with whatever else is wrong",
      "vms:\n  window: soon\n  metrics:\n    deny:\n      - cpu\n      - usage\n  ephemeral:\n    metrics: {disk: {mode: live}}\n",
      [
        'config.yaml:2: vms.window: Expected a duration such as "30s": got "soon"',
        "config.yaml:6: vms.metrics.deny[1]: No metric is called usage",
        "config.yaml:8: vms.ephemeral.metrics.disk: No metric is called disk",
      ],
    ],
    ["a text for a list", "vms: {apis: all}\n", ['config.yaml:1: vms.apis: Expected a list: got "all"']],
    [
      "an item that is no text",
      "vms: {metrics: {deny: [7]}}\n",
      ["config.yaml:1: vms.metrics.deny[0]: Expected a text: got 7"],
    ],
    ["a list for fields", "cache: [10s]\n", ["config.yaml:1: cache: Expected fields: got a list"]],
    ["a section without anything", "cache:\n", ["config.yaml:1: cache: Expected fields: got nothing"]],
    [
      "a text for a number",
      "vms: {minimumCoverage: most}\n",
      ['config.yaml:1: vms.minimumCoverage: Expected a number: got "most"'],
    ],
    [
      "a number for a label's value",
      "vms: {matchers: {cluster: 3}}\n",
      ["config.yaml:1: vms.matchers.cluster: Expected a text: got 3"],
    ],
    [
      "what no label is called",
      "vms: {matchers: {a-b: c}}\n",
      ['config.yaml:1: vms.matchers.a-b: Expected a label name of Prometheus: got "a-b"'],
    ],
    ["room for no request", "serving: {maxInFlight: 0}\n", ["config.yaml:1: serving.maxInFlight: Expected at least 1"]],
    ["an unknown section", "vm: {}\n", ["config.yaml:1: vm: Unknown field"]],
    ["an unknown field", "vms:\n  windows: 1m\n", ["config.yaml:2: vms.windows: Unknown field"]],
    [
      "a bad duration",
      "cache:\n  ttl: soon\n",
      ['config.yaml:2: cache.ttl: Expected a duration such as "30s": got "soon"'],
    ],
    [
      "a duration without a unit",
      "cache: {ttl: 10}\n",
      ['config.yaml:1: cache.ttl: Expected a duration such as "30s": got 10'],
    ],
    [
      "a duration of zero",
      "cache: {ttl: 0s}\n",
      ['config.yaml:1: cache.ttl: Expected a duration such as "30s": got "0s"'],
    ],
    [
      "answers that go stale before their time to live is over",
      "cache:\n  ttl: 20s\n  maxStale: 5s\n",
      ["config.yaml:3: cache.maxStale: Expected at least cache.ttl, 20 s: got 5 s"],
    ],
    [
      "a coverage above 1",
      "vms:\n  minimumCoverage: 80\n",
      ["config.yaml:2: vms.minimumCoverage: Expected at most 1: got 80"],
    ],
    [
      "a label that PromQL cannot name",
      "vms:\n  labels:\n    replica: [a, 'b}']\n",
      ['config.yaml:3: vms.labels.replica[1]: Expected a label name of Prometheus: got "b}"'],
    ],
    [
      "APIs that are not served",
      "vms:\n  apis:\n    - custom.metrics.k8s.io\n    - metrics.k8s.io\n    - 7\n",
      [
        'config.yaml:4: vms.apis[1]: Expected custom.metrics.k8s.io or external.metrics.k8s.io: got "metrics.k8s.io"',
        "config.yaml:5: vms.apis[2]: Expected custom.metrics.k8s.io or external.metrics.k8s.io: got 7",
      ],
    ],
    [
      "several at once",
      "vms:\n  window: soon\ncache:\n  size: 3\n",
      [
        'config.yaml:2: vms.window: Expected a duration such as "30s": got "soon"',
        "config.yaml:4: cache.size: Unknown field",
      ],
    ],
    ["a list at the top", "- a\n", ["config.yaml:1: Expected fields: got a list"]],
  ])("%s", ([, text, lines]) => {
    expect(problems(text)).toEqual(lines);
  });

  test.for<[string, readonly string[]]>([
    [
      "vms:\n  window: [1m\n",
      ["config.yaml:3: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["cache:\n\tttl: 1s\n", ["config.yaml:2: Expected spaces: got a tab, which YAML does not take as indentation"]],
    ["cache: {}\n---\ncache: {}\n", ["config.yaml:2: Expected one document: got another after ---"]],
    ["vms:\n  window: 1m\n    maxAge: 2m\n", ["config.yaml:2: Nested mappings are not allowed in compact mappings"]],
    ["vms: *all\n", ["config.yaml: Unresolved alias (the anchor must be set before the alias): all"]],
    ["cache: {}\nvm: {}\ncache: {}\n", ["config.yaml:2: vm: Unknown field", "config.yaml:3: cache is there already"]],
  ])("%j is told with one line for each problem", ([text, lines]) => {
    expect(problems(text)).toEqual(lines);
  });
});

describe("locate()", () => {
  const text = "vms:\n  metrics:\n    deny:\n      - cpu\n  ephemeral: { special: 3 }\n";

  test.for<[string, readonly (string | number)[], number | undefined]>([
    ["an item of a list", ["vms", "metrics", "deny", 0], 4],
    ["a field", ["vms", "ephemeral", "special"], 5],
    ["the whole file", [], 1],
  ])("finds the line of %s", ([, path, line]) => {
    expect(locate(text, [{ path, message: "" }])).toMatchObject([{ line }]);
  });

  test("says no line of what is not in the text", () => {
    expect(locate("cache: {}\n", [{ path: ["vms", "window"], message: "m" }])).toEqual([
      { path: "vms.window", message: "m" },
    ]);
  });
});

test("unservedSections() names prometheus-adapter's sections that hold something", () => {
  const config = parse("rules: [{seriesQuery: up}]\nexternalRules: []\nresourceRules: {cpu: {}}\n");
  expect(config.ok && unservedSections(config.value)).toEqual(["rules", "resourceRules"]);
});
