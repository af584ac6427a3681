import { describe, expect, test } from "vitest";
import { formatProblem, parseConfig, unservedSections } from "../../src/config/file.ts";

function problems(text: string): readonly string[] {
  const config = parseConfig(text);
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
    expect(parseConfig("")).toEqual({
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
        serving: { deadline: 8_000, shutdownDelay: 5_000 },
      },
    });
  });

  test("reads what is there and keeps the other defaults", () => {
    const config = parseConfig(
      "vms:\n  window: 1m30s\n  labels: {namespace: exported_namespace}\ncache:\n  ttl: 500ms\n",
    );
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
    expect(parseConfig(`vms: {apis: ${text}}\n`)).toMatchObject({ ok: true, value: { vms: { apis } } });
  });

  test("answers go stale after a minute, or after their time to live where that is longer", () => {
    expect(parseConfig("cache: {ttl: 2m}\n")).toMatchObject({ value: { cache: { ttl: 120_000, maxStale: 120_000 } } });
    expect(parseConfig("cache: {ttl: 1s, maxStale: 1s}\n")).toMatchObject({ value: { cache: { maxStale: 1_000 } } });
  });

  test("reads what metrics of live migrations say meanwhile, of all and of some", () => {
    const modes = "{mode: always, special: -1, metrics: {migration-data: {mode: keepLast}}}";
    expect(parseConfig(`vms: {ephemeral: ${modes}}\n`)).toMatchObject({
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
      "something that no metric is called",
      "vms:\n  metrics:\n    deny: [cpu-*]\n",
      ["config.yaml:3: vms.metrics.deny[0]: Expected the name of a metric, or its beginning"],
    ],
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
      ["config.yaml:2: vms.minimumCoverage: Too big: expected number to be <=1"],
    ],
    [
      "a label that PromQL cannot name",
      "vms:\n  labels:\n    replica: [a, 'b}']\n",
      ["config.yaml:3: vms.labels.replica[1]: Expected a label name of Prometheus"],
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
    ["a list at the top", "- a\n", ["config.yaml:1: Invalid input: expected object, received array"]],
  ])("%s", ([, text, lines]) => {
    expect(problems(text)).toEqual(lines);
  });

  test("text that is not YAML is refused with its line", () => {
    expect(problems("vms:\n  window: [1m\n")[0]).toMatch(/^config\.yaml:\d: Flow sequence/u);
    expect(problems("cache: {}\ncache: {}\n")[0]).toMatch(/^config\.yaml:2: Map keys must be unique/u);
  });
});

test("unservedSections() names prometheus-adapter's sections that hold something", () => {
  const config = parseConfig("rules: [{seriesQuery: up}]\nexternalRules: []\nresourceRules: {cpu: {}}\n");
  expect(config.ok && unservedSections(config.value)).toEqual(["rules", "resourceRules"]);
});
