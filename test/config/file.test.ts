import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ignoredDocuments, locator, parseConfig } from "../../src/config/file.ts";
import { defaultCompatibility } from "../../src/naming/rules/compatibility.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";

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
          enabled: true,
          apis: ["custom.metrics.k8s.io", "external.metrics.k8s.io"],
          minimumCoverage: 0.8,
          matchers: {},
          labels,
          metrics: { allow: [], deny: [], optIn: [] },
          ephemeral: { mode: "live", special: 0, metrics: {} },
        },
        cache: { ttl: 10_000, maxStale: 60_000 },
        serving: { deadline: 8_000, maxInFlight: 400, shutdownDelay: 5_000 },
        compatibility: defaultCompatibility,
        rules: [],
        externalRules: [],
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
      ['config.yaml:2:15: vms.ephemeral.mode: Expected live, always or keepLast: got "last"'],
    ],
    [
      "no mode",
      "vms:\n  ephemeral:\n    metrics:\n      migration: { special: 3 }\n",
      ["config.yaml:4:7: vms.ephemeral.metrics.migration.mode: Expected live, always or keepLast: got nothing"],
    ],
    [
      "what no metric is called, with whatever else is wrong",
      "vms:\n  window: soon\n  metrics:\n    deny:\n      - cpu\n      - usage\n  ephemeral:\n    metrics: {disk: {mode: live}}\n",
      [
        'config.yaml:2:3: vms.window: Expected a duration such as "30s": got "soon"',
        "config.yaml:6:9: vms.metrics.deny[1]: No metric is called usage",
        "config.yaml:8:15: vms.ephemeral.metrics.disk: No metric is called disk",
      ],
    ],
    ["a text for a list", "vms: {apis: all}\n", ['config.yaml:1:7: vms.apis: Expected a list: got "all"']],
    [
      "an item that is no text",
      "vms: {metrics: {deny: [7]}}\n",
      ["config.yaml:1:24: vms.metrics.deny[0]: Expected a text: got 7"],
    ],
    ["a list for fields", "cache: [10s]\n", ["config.yaml:1:1: cache: Expected fields: got a list"]],
    ["a section without anything", "cache:\n", ["config.yaml:1:1: cache: Expected fields: got nothing"]],
    [
      "a text for a number",
      "vms: {minimumCoverage: most}\n",
      ['config.yaml:1:7: vms.minimumCoverage: Expected a number: got "most"'],
    ],
    [
      "a number for a label's value",
      "vms: {matchers: {cluster: 3}}\n",
      ["config.yaml:1:18: vms.matchers.cluster: Expected a text: got 3"],
    ],
    [
      "what no label is called",
      "vms: {matchers: {a-b: c}}\n",
      ['config.yaml:1:18: vms.matchers.a-b: Expected a label name of Prometheus: got "a-b"'],
    ],
    [
      "room for no request",
      "serving: {maxInFlight: 0}\n",
      ["config.yaml:1:11: serving.maxInFlight: Expected at least 1"],
    ],
    [
      "an unknown section",
      "vm: {}\n",
      ["config.yaml:1:1: vm: Unknown field (field vm not found in type config.MetricsDiscoveryConfig)"],
    ],
    ["an unknown field", "vms:\n  windows: 1m\n", ["config.yaml:2:3: vms.windows: Unknown field"]],
    [
      "a bad duration",
      "cache:\n  ttl: soon\n",
      ['config.yaml:2:3: cache.ttl: Expected a duration such as "30s": got "soon"'],
    ],
    [
      "a duration without a unit",
      "cache: {ttl: 10}\n",
      ['config.yaml:1:9: cache.ttl: Expected a duration such as "30s": got 10'],
    ],
    [
      "a duration of zero",
      "cache: {ttl: 0s}\n",
      ['config.yaml:1:9: cache.ttl: Expected a duration such as "30s": got "0s"'],
    ],
    [
      "answers that go stale before their time to live is over",
      "cache:\n  ttl: 20s\n  maxStale: 5s\n",
      ["config.yaml:3:3: cache.maxStale: Expected at least cache.ttl, 20 s: got 5 s"],
    ],
    [
      "a coverage above 1",
      "vms:\n  minimumCoverage: 80\n",
      ["config.yaml:2:3: vms.minimumCoverage: Expected at most 1: got 80"],
    ],
    [
      "a label that PromQL cannot name",
      "vms:\n  labels:\n    replica: [a, 'b}']\n",
      ['config.yaml:3:18: vms.labels.replica[1]: Expected a label name of Prometheus: got "b}"'],
    ],
    [
      "APIs that are not served",
      "vms:\n  apis:\n    - custom.metrics.k8s.io\n    - metrics.k8s.io\n    - 7\n",
      [
        'config.yaml:4:7: vms.apis[1]: Expected custom.metrics.k8s.io or external.metrics.k8s.io: got "metrics.k8s.io"',
        "config.yaml:5:7: vms.apis[2]: Expected custom.metrics.k8s.io or external.metrics.k8s.io: got 7",
      ],
    ],
    [
      "several at once",
      "vms:\n  window: soon\ncache:\n  size: 3\n",
      [
        'config.yaml:2:3: vms.window: Expected a duration such as "30s": got "soon"',
        "config.yaml:4:3: cache.size: Unknown field",
      ],
    ],
    [
      "a list at the top",
      "- a\n",
      ["config.yaml:1:1: Expected fields: got a list (cannot unmarshal !!seq into config.MetricsDiscoveryConfig)"],
    ],
  ])("%s", ([, text, lines]) => {
    expect(problems(text)).toEqual(lines);
  });

  test.for<[string, readonly string[]]>([
    [
      "vms:\n  window: [1m\n",
      ["config.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["cache:\n\tttl: 1s\n", ["config.yaml:2:1: Expected spaces: got a tab, which YAML does not take as indentation"]],
    ["vms:\n  window: 1m\n    maxAge: 2m\n", ["config.yaml:2:11: Nested mappings are not allowed in compact mappings"]],
    ["vms: *all\n", ["config.yaml:1:6: Unknown anchor (unknown anchor 'all' referenced)"]],
    [
      "cache: {}\nvm: {}\ncache: {}\n",
      [
        "config.yaml:2:1: vm: Unknown field (field vm not found in type config.MetricsDiscoveryConfig)",
        "config.yaml:3:1: cache: Given twice (field cache already set in type config.MetricsDiscoveryConfig)",
      ],
    ],
  ])("%j is told with one line for each problem", ([text, lines]) => {
    expect(problems(text)).toEqual(lines);
  });
});

describe("parseConfig() of prometheus-adapter's sections", () => {
  test.for(adapterVectors<ConfigVector>("config"))("$id", ({ config, expect: { ok, error = "" } }) => {
    const parsed = parse(config);
    expect(parsed.ok).toBe(ok);
    if (parsed.ok) return;
    const messages = parsed.error.map(({ message }) => message).join("\n");
    for (const text of peersWords(error)) expect(messages).toContain(text);
  });

  test("fills in what a rule leaves out", () => {
    const parsed = parse("rules: [{seriesQuery: up, vms: yes}]\nexternalRules: [{}]\n");
    const empty = {
      seriesQuery: "",
      seriesFilters: [],
      resources: { template: "", overrides: [], namespaced: true },
      name: { matches: "", as: "" },
      metricsQuery: "",
      vms: false,
    };
    expect(parsed).toMatchObject({
      value: { rules: [{ ...empty, seriesQuery: "up", vms: true }], externalRules: [empty] },
    });
  });

  test("keeps overrides in the order of the file", () => {
    const overrides = "{b: {resource: pod}, a: {group: apps, resource: deployment}}";
    expect(parse(`rules: [{resources: {overrides: ${overrides}}}]\n`)).toMatchObject({
      value: {
        rules: [
          {
            resources: {
              overrides: [
                { label: "b", group: "", resource: "pod" },
                { label: "a", group: "apps", resource: "deployment" },
              ],
            },
          },
        ],
      },
    });
  });

  test("says what resourceRules ask for, and their window", () => {
    const resourceRules = "{cpu: {containerQuery: c, containerLabel: container}, window: 1h30m}";
    expect(parse(`resourceRules: ${resourceRules}\n`)).toMatchObject({
      value: { resourceRules: { cpu: { containerQuery: "c", containerLabel: "container" }, windowMs: 5_400_000 } },
    });
    expect(parse("resourceRules: {}\n")).toMatchObject({ value: { resourceRules: { windowMs: 0 } } });
    expect(parse("resourceRules: null\n")).not.toHaveProperty("value.resourceRules");
  });

  test("lists every problem with its line and column", () => {
    const text = [
      "rulez: []",
      "rules:",
      "- seriesQuery: [a]",
      "  name: {match: b}",
      "- resources:",
      '    namespaced: "true"',
      "    overrides: {pod: {resource: pod}, pod: {resource: node}}",
      "resourceRules: {window: 1.5m}",
      "cache: {ttl: soon}",
    ].join("\n");
    expect(problems(text)).toEqual([
      "config.yaml:1:1: rulez: Unknown field (field rulez not found in type config.MetricsDiscoveryConfig)",
      "config.yaml:3:16: rules[0].seriesQuery: Expected a text: got a list (cannot unmarshal !!seq into string)",
      "config.yaml:4:10: rules[0].name.match: Unknown field (field match not found in type config.NameMapping)",
      'config.yaml:6:17: rules[1].resources.namespaced: Expected true or false: got "true" (cannot unmarshal !!str `true` into bool)',
      'config.yaml:7:44: rules[1].resources.overrides.pod: Given twice (key "pod" already set in map)',
      'config.yaml:8:25: resourceRules.window: Expected a duration such as "5m" or "1h30m" (not a valid duration string: "1.5m")',
      'config.yaml:9:9: cache.ttl: Expected a duration such as "30s": got "soon"',
    ]);
  });

  test("reads one of several documents, and says where the ignored ones begin", () => {
    const text = "rules: [{seriesQuery: up}]\n---\nfoo: [\n";
    expect(parse(text)).toMatchObject({ ok: true, value: { rules: [{ seriesQuery: "up" }] } });
    expect(ignoredDocuments(text)).toMatchObject([
      { line: 2, message: "Has no effect: only the first document is read" },
    ]);
    expect(ignoredDocuments("rules: []\n")).toEqual([]);
  });

  test.for([
    [
      "rules:\n- &a\n  seriesQuery: a\n  <<: *a\n",
      "config.yaml:4:7: rules[0]: Endless (anchor 'a' value contains itself)",
    ],
    [
      "vms: &v\n  matchers: *v\n",
      "config.yaml:2:13: vms.matchers.matchers: Endless (anchor 'v' value contains itself)",
    ],
  ] as const)("an alias that leads into itself is a problem: %j", ([text, problem]) => {
    expect(problems(text)).toContain(problem);
  });

  test("aliases that unfold to too much are a problem", () => {
    const doubled = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`);
    const text = ["vms:", "  a0: &a0 [x]", ...doubled.map((line) => `  ${line}`)].join("\n");
    expect(problems(text)).toContainEqual(expect.stringContaining("document contains excessive aliasing"));
  });

  test("levels beyond what can be read are a problem", () => {
    expect(parse("[".repeat(20_000) + "]".repeat(20_000))).toMatchObject({ ok: false });
  });

  test("whatever is written, it answers", () => {
    const text = fc.array(fc.constantFrom(...fragments), { maxLength: 40 }).map((parts) => parts.join(""));
    const property = fc.property(text, (written) => typeof parse(written).ok === "boolean");
    expect(fc.check(property, { numRuns: 300 }).failed).toBe(false);
  });
});

interface ConfigVector extends AdapterVector {
  readonly config: string;
  readonly expect: { readonly ok: boolean; readonly error?: string };
}

/** What prometheus-adapter says of each place, without the line. */
function peersWords(error: string): readonly string[] {
  const [, duration] = /: (not a valid duration.*)$/u.exec(error) ?? [];
  return duration === undefined
    ? error
        .split("\n  line ")
        .slice(1)
        .map((line) => line.slice(line.indexOf(" ") + 1))
    : [duration];
}

/** What YAML is made of, and prometheus-adapter's configuration. */
const fragments = [
  ...`- : ? [ ] { } , & * ! | > ' " # % @ < ~ 0 a`.split(" "),
  ..."rules externalRules resourceRules seriesQuery resources overrides namespaced window vms <<: &r *r !!int".split(
    " ",
  ),
  " ",
  "\n",
  "\t",
  "\n- ",
  ": ",
  "\n  ",
  "\n---\n",
];

describe("locator()", () => {
  const place = locator("vms:\n  metrics:\n    deny:\n      - cpu\n  ephemeral: { special: 3 }\n");

  test.for<[string, readonly (string | number)[], object]>([
    ["an item of a list", ["vms", "metrics", "deny", 0], { line: 4, column: 9 }],
    ["a field", ["vms", "ephemeral", "special"], { line: 5, column: 16 }],
    ["the whole file", [], { line: 1, column: 1 }],
    ["what holds something that is not there", ["vms", "metrics", "allow"], { line: 2, column: 3 }],
  ])("finds %s", ([, path, expected]) => {
    expect(place({ path, message: "" })).toMatchObject(expected);
  });

  test("finds fields that are merged in", () => {
    const merged = locator("rules:\n- &r\n  name: {as: a}\n- <<: *r\n");
    expect(merged({ path: ["rules", 1, "name", "as"], message: "" })).toMatchObject({ line: 3, column: 10 });
  });

  test("says no line of what is not in the text", () => {
    expect(place({ path: ["cache", "ttl"], message: "m" })).toEqual({ path: "cache.ttl", message: "m" });
    expect(locator("[")({ path: ["cache"], message: "m" })).toEqual({ path: "cache", message: "m" });
  });
});
